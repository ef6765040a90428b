//! Staff roles 工作人员角色.

text_enum! {
    /// What a member of staff may do.
    pub enum StaffRole {
        Registrar = "registrar" / "教务人员",
        ClassTeacher = "class_teacher" / "班主任",
        Reviewer = "reviewer" / "审核人员",
        RuleEditor = "rule_editor" / "规则编制人员",
        RulePublisher = "rule_publisher" / "规则发布人员",
        Auditor = "auditor" / "审计人员",
        Administrator = "administrator" / "管理员",
        SecurityAdministrator = "security_administrator" / "安全管理员",
    }
}
