//! A city gets another clock: what was promised to its clients is a time on that clock, so visits of open orders
//! keep their local time and move in UTC. Closed orders are history and stay.

use chrono::{Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::domain::order::StatusOrder;
use crate::domain::zone;
use crate::platform::db::Db;
use crate::platform::db::schema::orders;
use crate::platform::error::AppError;

/// Computes the visits of the open orders of `city` anew by the clock of `zone`.
pub fn move_visits(db: &mut Db, city: &str, zone: Tz) -> Result<(), AppError> {
    let open = orders::city.eq(city).and(orders::status_order.eq_any(StatusOrder::open()));
    let promised: Vec<(String, i32)> = orders::table
        .filter(open.clone())
        .select((orders::meeting_day, orders::meeting_minute))
        .distinct()
        .load(db)?;
    for (day, minute) in promised {
        let date: NaiveDate =
            day.parse().map_err(|e| AppError::internal(format!("read the visit day \"{day}\""), e))?;
        let local = date.and_time(NaiveTime::MIN) + Duration::minutes(minute.into());
        let moment = zone::utc(local, zone);
        let visits = open.clone().and(orders::meeting_day.eq(&day)).and(orders::meeting_minute.eq(minute));
        diesel::update(orders::table.filter(visits))
            .set((
                orders::date_meeting.eq(moment),
                orders::list_time.eq(moment.and_utc().timestamp()),
                orders::version.eq(orders::version + 1),
            ))
            .execute(db)?;
    }
    Ok(())
}
