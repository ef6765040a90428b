//! Competitions 技能竞赛: tiers and prizes.

text_enum! {
    /// Tier of a competition, highest first.
    pub enum CompetitionTier {
        International = "international" / "国际级",
        National = "national" / "国家级",
        Provincial = "provincial" / "省级",
        City = "city" / "市级",
        School = "school" / "校级",
    }
}

text_enum! {
    /// Prize, highest first.
    pub enum Prize {
        Special = "special" / "特等奖",
        First = "first" / "一等奖",
        Second = "second" / "二等奖",
        Third = "third" / "三等奖",
        Merit = "merit" / "优秀奖",
    }
}
