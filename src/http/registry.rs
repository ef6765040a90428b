//! The registry of problems: every code the API can answer with. `docs/problems.md` lists the same codes.

use actix_web::http::StatusCode;

macro_rules! registry {
    ($( $variant:ident = $status:literal $code:literal $title:literal / $zh:literal; )+) => {
        /// A stable problem code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $( #[doc = $title] $variant ),+ }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str { match self { $( Self::$variant => $code ),+ } }

            /// The HTTP status it is sent with.
            pub fn status(self) -> StatusCode {
                let number = match self { $( Self::$variant => $status ),+ };
                StatusCode::from_u16(number).expect("the registry holds valid statuses")
            }

            /// A short English title that does not change between occurrences.
            pub fn title(self) -> &'static str { match self { $( Self::$variant => $title ),+ } }

            /// The general explanation in Chinese.
            pub fn zh(self) -> &'static str { match self { $( Self::$variant => $zh ),+ } }
        }
    };
}

registry! {
    InvalidRequest = 400 "invalid-request" "The request does not say anything possible" / "请求内容有误，请按所列位置逐项更正。";
    MalformedJson = 400 "malformed-json" "The body is not well-formed JSON" / "请求体不是完整、合法的 JSON（须为 UTF-8 编码）。";
    IdempotencyKeyRequired = 400 "idempotency-key-required" "This operation needs an Idempotency-Key header" / "此操作须带 Idempotency-Key 请求头（1–255 个可见 ASCII 字符）。";
    Unauthenticated = 401 "unauthenticated" "A valid access token is needed" / "缺少有效的访问令牌，或令牌已过期。";
    InsufficientScope = 403 "insufficient-scope" "The token lacks a scope" / "令牌的权限范围不足。";
    NotAccreditedFor = 403 "not-accredited-for" "Outside the institution's accreditation" / "超出本机构的备案范围，不能登记此类成果。";
    Forbidden = 403 "forbidden" "Not allowed" / "无权进行此操作。";
    AuthorityNotYours = 403 "authority-not-yours" "Rules of this authority are made by another institution" / "该层级的规则不由本机构制定：市级规则由教体局制定，院校规则由本校制定。";
    NotFound = 404 "not-found" "Not found" / "没有找到，或无权查看。";
    MethodNotAllowed = 405 "method-not-allowed" "The resource has no such method" / "此地址不支持该请求方法。";
    RequestTimeout = 408 "request-timeout" "The request took too long to arrive" / "请求发送超时，请重新发送。";
    IdentityUnderReview = 409 "identity-under-review" "The document belongs to an account under another name" / "该证件已有账户，但姓名不一致，已提交管理员核实，未开户。";
    ExternalRefTaken = 409 "external-ref-taken" "The reference stands with other content" / "该业务编号已登记过不同的内容；如需更正，请使用 on_change: correct 并说明原因。";
    EvidenceAlreadyCredited = 409 "evidence-already-credited" "This evidence has given credit before" / "该证书（成果）已经计过学分，不能重复计入。";
    AlreadyExists = 409 "already-exists" "It exists already" / "已经存在，不能重复建立。";
    AlreadyRevoked = 409 "already-revoked" "It has been revoked before" / "此前已撤销。";
    NotTheLatestRevision = 409 "not-the-latest-revision" "A later revision stands" / "该版本已被更正，请对最新版本操作。";
    InsufficientCredit = 409 "insufficient-credit" "Not enough credits" / "可用学分不足。";
    LotInUse = 409 "lot-in-use" "The credits are in use" / "该批学分正在使用中，暂不能变动。";
    AlreadyUsed = 409 "already-used" "It has been used by a conversion that stands" / "该成果（或课程）已用于其他转换，不能重复使用。";
    PlanOutdated = 409 "plan-outdated" "The plan does not come out as it did" / "转换方案已过时（成果、规则或已有转换有变化），请重新生成方案。";
    AnotherPersonRequired = 409 "another-person-required" "Another person has to do this" / "须由另一人办理：不能审核自己提交或作出的事项。";
    AlreadyRedeemed = 409 "already-redeemed" "An award has redeemed the credits" / "该批学分已计入毕业，不能再变动。";
    WrongState = 409 "wrong-state" "Its present state does not allow this" / "当前状态不允许此操作，请刷新后查看。";
    AlreadyAwarded = 409 "already-awarded" "The enrolment has an award that stands" / "该学籍已有毕业认定结论。";
    AlreadyAppealed = 409 "already-appealed" "It has been appealed against before" / "该申请已申诉过一次，不能再次申诉。";
    PeriodOver = 409 "period-over" "The days for it have passed" / "已超过办理期限。";
    QuotaUsed = 409 "quota-used" "The learner's files take as much room as they may" / "该学习者的证明材料已达总容量上限。";
    TooManyToday = 409 "too-many-today" "As many as one day may bring" / "今天提交的数量已达上限，请明天再提交。";
    TooManyOpen = 409 "too-many-open" "As many as there may be are open" / "未办结的数量已达上限，请等待办结后再提交。";
    IdempotencyInFlight = 409 "idempotency-in-flight" "The first request with this key is still being answered" / "使用同一幂等键的请求正在处理，请稍后重试。";
    FourEyes = 409 "four-eyes" "Somebody else has to decide this" / "须由另一人办理：起草、修改或提交的人不能自己批准。";
    RuleSetState = 409 "rule-set-state" "The rule set's version does not stand where this can be done" / "该规则版本当前的状态不能进行此操作。";
    TooManyJobs = 409 "too-many-jobs" "Too many jobs of this institution have not ended yet" / "本机构未完成的后台任务过多，请等待完成或取消后再试。";
    JobState = 409 "job-state" "The job does not stand where this can be done" / "该任务当前的状态不能进行此操作。";
    PreconditionFailed = 412 "precondition-failed" "It has changed since the version named in If-Match" / "内容已被他人修改，请重新读取后再改。";
    PayloadTooLarge = 413 "payload-too-large" "The body is too large" / "请求体过大，请分批发送。";
    UnsupportedMediaType = 415 "unsupported-media-type" "The body must be application/json in UTF-8" / "请求体须为 application/json（UTF-8，不压缩）。";
    CreditsNotAsCatalogued = 422 "credits-not-as-catalogued" "The catalogue gives another amount" / "学分与目录登记的数额不一致。";
    CreditsRequired = 422 "credits-required" "An unregistered course needs credits" / "该课程尚未登记，首次登记须写明学分。";
    CreditTypeRequired = 422 "credit-type-required" "Outside any enrolment the credit type must be given" / "没有对应的学籍，须写明学分类型（credit_type）。";
    EnrolmentAmbiguous = 422 "enrolment-ambiguous" "Several enrolments contain the date" / "该日期对应多个学籍，请写明 enrolment_id。";
    NotPassed = 422 "not-passed" "A failed result is not an achievement" / "成绩未合格，不能登记为学习成果。";
    ExemptionIsNotAnAchievement = 422 "exemption-is-not-an-achievement" "An exempted course is not an achievement" / "免修（免考）课程不是学习成果，不能登记。";
    UnknownLearner = 422 "unknown-learner" "No account answers to the reference" / "没有找到对应的学习者账户。";
    NameMismatch = 422 "name-mismatch" "The account has another name" / "证件对应账户的姓名与所报姓名不一致。";
    UnknownProgramme = 422 "unknown-programme" "No such programme of this institution" / "本机构没有此专业。";
    UnknownEnrolment = 422 "unknown-enrolment" "No such enrolment at this institution" / "该学习者在本机构没有此学籍。";
    EnrolmentNotLive = 422 "enrolment-not-live" "The enrolment has ended" / "该学籍已结束。";
    StatusChangeNotAllowed = 422 "status-change-not-allowed" "This status cannot follow the present one" / "学籍状态不能这样变更。";
    AwardRequired = 422 "award-required" "An enrolment becomes graduated by an award alone" / "毕业须通过毕业认定办理，不能直接变更学籍状态。";
    PlanHypothetical = 422 "plan-hypothetical" "The plan supposes achievements that are not held" / "该方案含有尚未取得的成果，不能据以申请。";
    PlanWithoutEnrolment = 422 "plan-without-enrolment" "The learner is not enrolled in the plan's programme" / "学习者在该方案的专业没有学籍，不能据以申请。";
    GrantedLot = 422 "granted-lot" "Credits granted by a conversion are never converted again" / "转换所得学分不能再次用于转换。";
    NothingToConvert = 422 "nothing-to-convert" "It grants no credits and exempts from no course" / "转换既无学分也无免修课程，不能认定。";
    RequirementsNotMet = 422 "requirements-not-met" "What the programme asks for is not met" / "尚未达到毕业要求，请按所列逐项补足。";
    NothingToTransfer = 422 "nothing-to-transfer" "Nothing lies in the purse that could be moved" / "没有可以调整归属的学分。";
    CreditTypesDiffer = 422 "credit-types-differ" "Credits move only between programmes of one level" / "只能在同一层次的专业之间调整归属。";
    CourseNotCatalogued = 422 "course-not-catalogued" "The institution has not catalogued the course" / "该机构的课程目录中没有这门课程，不能认定；请先登记课程。";
    EvidenceFileRefused = 422 "evidence-file-refused" "The file is no evidence file" / "文件不能作为证明材料。";
    PersonalData = 422 "personal-data" "A text for the public tells who the learner is" / "公开文字中含有姓名、证件号等个人信息，请改写。";
    NotACorrection = 422 "not-a-correction" "What is named did not correct anything since the objection" / "所填的成果或账目不是本异议提出之后对异议事项的更正、撤销或补录。";
    IdempotencyKeyReused = 422 "idempotency-key-reused" "The key was used for another request" / "该幂等键已用于另一个请求。";
    RuleSetInvalid = 422 "rule-set-invalid" "The rule set has faults" / "规则集未通过校验，请按所列位置逐项更正。";
    TooManyRules = 422 "too-many-rules" "The rule set holds too many rules" / "规则条数超过上限，请拆分为几个规则集。";
    BatchTooLarge = 422 "batch-too-large" "The batch holds too many items" / "批量条数超过上限，请分批发送。";
    AtomicBatchFailed = 422 "atomic-batch-failed" "Nothing was posted: the atomic batch holds items that cannot be" / "批次中有不能登记的条目，全部未登记。";
    PreconditionRequired = 428 "precondition-required" "If-Match is needed" / "修改须带 If-Match 请求头。";
    TooManyRequests = 429 "too-many-requests" "Too many requests" / "请求过于频繁，请稍后再试。";
    InternalError = 500 "internal-error" "The service failed" / "系统内部错误，请凭请求编号联系管理员。";
    ServiceUnavailable = 503 "service-unavailable" "The service cannot take the request now" / "系统暂时不可用，请稍后重试。";
}
