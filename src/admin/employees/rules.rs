//! What may be done to whom: nobody locks themselves or everybody out.

use super::{Employee, EmployeeFields};
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role};
use crate::web::field_errors::FieldErrors;

/// What speaks against making `employee` what is `wanted`. `by` is the admin who asks, `other_admins` how many
/// further admins can sign in.
pub fn objections(
    employee: &Employee,
    wanted: &EmployeeFields,
    new_password: bool,
    by: AccountId,
    other_admins: i64,
) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let is_self = employee.id == by;
    let dismissed = wanted.status == AccountStatus::Inactive && employee.status == AccountStatus::Active;
    let demoted = employee.role == Role::Admin && wanted.role != Role::Admin;
    if is_self && dismissed {
        errors.add("status", "Себя уволить нельзя: попросите другого администратора");
    }
    if is_self && demoted {
        errors.add("role", "Себя лишить прав нельзя: попросите другого администратора");
    }
    if is_self && new_password {
        errors.add("password", "Свой пароль меняйте в профиле: там нужен и прежний");
    }
    let was_admin = employee.role == Role::Admin && employee.status == AccountStatus::Active;
    if was_admin && other_admins == 0 {
        if dismissed {
            errors.add("status", "Это последний действующий администратор: сначала назначьте другого");
        }
        if demoted {
            errors.add("role", "Это последний действующий администратор: сначала назначьте другого");
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin() -> Employee {
        Employee {
            id: AccountId(1),
            role: Role::Admin,
            login: "boss".into(),
            name: "Ольга".into(),
            status: AccountStatus::Active,
            has_password: true,
            cities: Vec::new(),
            extension: None,
            sip_address: None,
            may_download_recordings: false,
            note: String::new(),
            work: None,
            seen_at: None,
        }
    }

    fn wanted(role: Role, status: AccountStatus) -> EmployeeFields {
        EmployeeFields {
            role,
            login: "boss".into(),
            name: "Ольга".into(),
            status,
            cities: Vec::new(),
            extension: None,
            sip_address: None,
            may_download_recordings: false,
            note: String::new(),
        }
    }

    #[test]
    fn nobody_dismisses_or_demotes_themselves() {
        let gone = wanted(Role::Admin, AccountStatus::Inactive);
        assert!(!objections(&admin(), &gone, false, AccountId(1), 5).of("status").is_empty());
        assert!(objections(&admin(), &gone, false, AccountId(2), 5).is_empty());
        let demoted = wanted(Role::Operator, AccountStatus::Active);
        assert!(!objections(&admin(), &demoted, false, AccountId(1), 5).of("role").is_empty());
    }

    #[test]
    fn the_last_admin_stays() {
        for (wanted, field) in [
            (wanted(Role::Admin, AccountStatus::Inactive), "status"),
            (wanted(Role::Operator, AccountStatus::Active), "role"),
        ] {
            assert!(objections(&admin(), &wanted, false, AccountId(2), 0).of(field).contains("последний"));
        }
        assert!(
            objections(&admin(), &wanted(Role::Admin, AccountStatus::Active), false, AccountId(2), 0)
                .is_empty()
        );
    }
}
