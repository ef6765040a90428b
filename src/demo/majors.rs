//! Majors that fit the city, and the courses that are their own.
//!
//! Of the major codes only 740201 has been checked against the ministry's catalogue of 2021; the others are examples of
//! the right form and level.

use crate::domain::level::ProgrammeLevel;

/// A field of study at the three levels.
#[derive(Debug)]
pub struct Major {
    /// As classes are named.
    pub short: &'static str,
    /// Prefix of its course codes.
    pub(super) key: &'static str,
    /// Code and name per level, lowest first.
    named: [(&'static str, &'static str); 3],
    /// Its own courses per level, separated by spaces, in the order in which they are taught.
    pub(super) courses: [&'static str; 3],
}

/// The majors of the city.
pub const MAJORS: &[Major] = &[
    Major {
        short: "烹饪",
        key: "CK",
        named: [("740201", "中餐烹饪"), ("540202", "烹饪工艺与营养"), ("340201", "烹饪与餐饮管理")],
        courses: [
            "烹饪概论 烹饪原料知识 刀工技术 中式热菜制作 中式面点制作 冷菜与食品雕刻 烹饪营养与卫生 豫菜制作",
            "餐饮食品安全 烹饪工艺学 面点工艺学 豫菜创新实训 营养配餐设计 宴席设计与制作 餐饮成本核算 厨房管理",
            "餐饮概论 食品科学基础 烹饪化学 餐饮企业运营 菜品研发与设计 中原饮食文化研究 餐饮品牌策划 供应链管理",
        ],
    },
    Major {
        short: "旅游",
        key: "TR",
        named: [("740101", "旅游服务与管理"), ("540101", "旅游管理"), ("340101", "旅游管理")],
        courses: [
            "旅游概论 服务礼仪 导游基础知识 地方导游实务 旅行社实务 宋文化讲解 旅游心理 景区服务",
            "旅游学概论 导游业务 旅游政策法规 景区运营实务 智慧旅游应用 研学旅行设计 旅游营销 旅游英语",
            "旅游管理导论 旅游经济学 目的地管理 旅游大数据分析 文旅项目策划 文化遗产保护 旅游投资 会展管理",
        ],
    },
    Major {
        short: "汽修",
        key: "AU",
        named: [
            ("700206", "新能源汽车运用与维修"),
            ("500212", "新能源汽车检测与维修技术"),
            ("300203", "新能源汽车工程技术"),
        ],
        courses: [
            "汽车文化 机械识图 汽车构造 汽车电气设备 动力电池维护 汽车底盘维修 安全用电 汽车保养实训",
            "电工电子技术 高压安全与防护 驱动电机检修 动力电池管理 整车故障诊断 充电系统检修 汽车网络技术 维修业务接待",
            "工程力学 汽车理论 电机控制技术 电池系统设计 智能网联技术 整车性能试验 汽车可靠性 项目管理",
        ],
    },
    Major {
        short: "护理",
        key: "NU",
        named: [("720201", "护理"), ("520201", "护理"), ("320201", "护理")],
        courses: [
            "医学导论 解剖学基础 生理学基础 基础护理 内科护理 外科护理 护理伦理 急救护理",
            "人体解剖学 健康评估 药理学 基础护理技术 内科护理学 外科护理学 护理心理学 社区与老年护理",
            "护理学导论 病理生理学 循证护理 护理管理学 危急重症护理 老年护理学 护理教育 护理研究",
        ],
    },
    Major {
        short: "建工",
        key: "CN",
        named: [("640301", "建筑工程施工"), ("440301", "建筑工程技术"), ("240301", "建筑工程")],
        courses: [
            "建筑概论 建筑识图 建筑材料 施工测量 砌筑与抹灰 钢筋与模板 施工安全 装配式施工",
            "建筑制图 建筑力学 建筑材料检测 施工技术 施工组织设计 工程计量与计价 质量与安全 信息模型应用",
            "土木工程概论 结构力学 混凝土结构 钢结构 智能建造技术 岩土与地基 工程经济 古建筑修缮",
        ],
    },
    Major {
        short: "水利",
        key: "WW",
        named: [("650202", "水利工程施工"), ("450202", "水利工程"), ("250202", "智慧水利工程")],
        courses: [
            "水利概论 水利识图 水力学基础 水利测量 水工建筑物 堤防与渠道施工 施工安全 灌区管理",
            "工程水文 水力分析 土力学 水工混凝土 水利施工技术 水利工程造价 河道管理 泵站运行",
            "水利导论 水文学原理 水资源规划 智慧灌区设计 黄河治理与调度 水工结构 水利经济 水生态修复",
        ],
    },
    Major {
        short: "网络",
        key: "CP",
        named: [("710201", "计算机应用"), ("510201", "计算机应用技术"), ("310201", "计算机应用工程")],
        courses: [
            "信息技术 计算机网络基础 程序设计基础 网页设计 数据库基础 图形图像处理 信息安全常识 网络设备调试",
            "计算机导论 面向对象程序设计 数据库技术 前端开发 服务器配置 移动应用开发 软件测试 云平台运维",
            "计算机系统基础 数据结构 操作系统 软件工程 大数据处理 人工智能应用 网络安全 分布式系统",
        ],
    },
    Major {
        short: "农艺",
        key: "AG",
        named: [("610102", "作物生产技术"), ("410103", "现代农业技术"), ("210101", "现代种业技术")],
        courses: [
            "农业概论 植物生产环境 作物栽培 设施园艺 植物保护 菊花栽培 农产品质量 农机使用",
            "植物与植物生理 土壤肥料 作物育种 设施农业技术 病虫害防治 智慧农业应用 农业经营 农产品电商",
            "现代农业导论 分子育种基础 种子生产学 精准农业技术 种业大数据 盐碱地改良 种业管理 农业生态",
        ],
    },
];

impl Major {
    /// Code and name at a level.
    pub const fn at(&self, level: ProgrammeLevel) -> (&'static str, &'static str) {
        self.named[level as usize]
    }
}
