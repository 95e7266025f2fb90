//! Hours of weekdays: how many people there were, how many the calls needed.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::erlang::{Goal, needed};
use crate::domain::{russian, zone};
use crate::stats::numbers::{Measure, Numbers};
use crate::stats::period::Period;

/// An hour with fewer calls on average asks for nobody: a person at the telephone every night for one call a month.
pub const RARE: f64 = 0.5;

/// An hour of a weekday.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hour {
    /// Inbound calls, on average of its days.
    pub calls: f64,
    /// Missed ones, all together.
    pub missed: i64,
    /// People online, on average of its days.
    pub had: f64,
    /// People it needs.
    pub need: u32,
}

/// How it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough {
    /// Fewer people than the calls needed.
    Short,
    /// As many as were needed.
    Right,
    /// At least two more.
    Spare,
}

impl Hour {
    /// People as a whole number: half a person who came at half past counts for one.
    pub fn people(&self) -> u32 {
        self.had.round() as u32
    }

    /// How it was.
    pub fn enough(&self) -> Enough {
        match self.people() {
            people if people < self.need => Enough::Short,
            people if people >= self.need + 2 => Enough::Spare,
            _ => Enough::Right,
        }
    }
}

/// Seven weekdays of twenty-four hours.
#[derive(Clone, Debug)]
pub struct Week {
    hours: [[Hour; 24]; 7],
    /// How many of each weekday there were.
    days: [u32; 7],
}

impl Week {
    /// Counts: `figures` are calls by «day hour», `online` when somebody was there (UTC).
    pub fn of(
        period: &Period,
        figures: &[(String, Numbers)],
        online: &[(NaiveDateTime, NaiveDateTime)],
        goal: Goal,
        zone: Tz,
    ) -> Self {
        let mut days = [0_u32; 7];
        for day in period.each() {
            days[weekday(day)] += 1;
        }
        let mut calls = [[0_i64; 24]; 7];
        let mut missed = [[0_i64; 24]; 7];
        for (label, numbers) in figures {
            let Some((day, hour)) = label.split_once(' ') else { continue };
            let (Ok(day), Ok(hour)) = (day.parse::<NaiveDate>(), hour.parse::<usize>()) else { continue };
            if hour < 24 {
                calls[weekday(day)][hour] += numbers.get(Measure::Calls);
                missed[weekday(day)][hour] += numbers.get(Measure::Missed);
            }
        }
        let mut seconds = [[0_i64; 24]; 7];
        let (first, last) =
            (zone::day_start(period.from, zone), zone::day_start(period.to + Days::new(1), zone));
        for (from, to) in online {
            for (at, length) in by_hour((*from).max(first), (*to).min(last), zone) {
                seconds[weekday(at.date())][at.hour() as usize] += length;
            }
        }
        let mut hours = [[Hour::default(); 24]; 7];
        for (weekday, of_day) in hours.iter_mut().enumerate() {
            let count = f64::from(days[weekday].max(1));
            for (hour, cell) in of_day.iter_mut().enumerate() {
                cell.calls = calls[weekday][hour] as f64 / count;
                cell.missed = missed[weekday][hour];
                cell.had = seconds[weekday][hour] as f64 / 3600.0 / count;
                cell.need = if cell.calls < RARE { 0 } else { needed(cell.calls, goal) };
            }
        }
        Self { hours, days }
    }

    /// An hour; 0 is Monday.
    pub fn hour(&self, weekday: usize, hour: usize) -> Hour {
        self.hours[weekday][hour]
    }

    /// The first and the last hour in which anything was.
    pub fn span(&self) -> Option<(usize, usize)> {
        let is_used =
            |hour: &usize| self.hours.iter().any(|day| day[*hour].calls > 0.0 || day[*hour].people() > 0);
        Some(((0..24).find(is_used)?, (0..24).rev().find(is_used)?))
    }

    /// Missed calls of all hours.
    pub fn missed(&self) -> i64 {
        self.hours.iter().flatten().map(|hour| hour.missed).sum()
    }

    /// Where people were too few.
    pub fn shortage(&self) -> Shortage {
        let is_short = |weekday: usize, hour: usize| self.hour(weekday, hour).enough() == Enough::Short;
        let seen = self.days.iter().filter(|count| **count > 0).count();
        // Hours that are short on most weekdays are a shift; others are single holes.
        let short_days = |hour: usize| (0..7).filter(|weekday| is_short(*weekday, hour)).count();
        let by_shift: Vec<usize> = (0..24).filter(|hour| short_days(*hour) * 5 >= seen.max(1) * 2).collect();
        let mut found = Shortage::default();
        let mut add = |weekday: usize, hour: usize| {
            let cell = self.hour(weekday, hour);
            found.missed += cell.missed;
            found.people = found.people.max(cell.need - cell.people());
        };
        if by_shift.is_empty() {
            let mut holes: Vec<(usize, usize)> = (0..7)
                .flat_map(|weekday| (0..24).map(move |hour| (weekday, hour)))
                .filter(|(weekday, hour)| is_short(*weekday, *hour))
                .collect();
            holes.sort_by_key(|(weekday, hour)| std::cmp::Reverse(self.hour(*weekday, *hour).missed));
            holes.truncate(MOST_HOLES);
            holes.iter().for_each(|(weekday, hour)| add(*weekday, *hour));
            holes.sort_unstable();
            found.when = holes
                .iter()
                .map(|(weekday, hour)| {
                    format!("{} в {hour}:00", russian::weekday_name(i32::try_from(*weekday).unwrap_or(0)))
                })
                .collect();
            return found;
        }
        for hour in &by_shift {
            (0..7).filter(|weekday| is_short(*weekday, *hour)).for_each(|weekday| add(weekday, *hour));
        }
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for hour in by_shift {
            match ranges.last_mut() {
                Some(range) if range.1 == hour => range.1 = hour + 1,
                _ => ranges.push((hour, hour + 1)),
            }
        }
        found.when = ranges.iter().map(|(from, to)| format!("{from}:00–{to}:00")).collect();
        found
    }
}

/// So many single hours are named.
const MOST_HOLES: usize = 3;

/// Where people were too few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// «11:00–13:00», «пт в 21:00»; empty when they were enough.
    pub when: Vec<String>,
    /// Calls missed then.
    pub missed: i64,
    /// The most who were wanting at once.
    pub people: u32,
}

fn weekday(day: NaiveDate) -> usize {
    day.weekday().num_days_from_monday() as usize
}

/// A stretch of time by hours of the zone's clock: the hour's beginning and seconds of it.
fn by_hour(from: NaiveDateTime, to: NaiveDateTime, zone: Tz) -> Vec<(NaiveDateTime, i64)> {
    let mut parts = Vec::new();
    let mut at = from;
    while at < to {
        let local = zone::local(at, zone);
        let into = TimeDelta::seconds(i64::from(local.minute() * 60 + local.second()));
        let end = (at - into + TimeDelta::hours(1)).min(to);
        parts.push((local - into, (end - at).num_seconds()));
        at = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = chrono_tz::Europe::Moscow;
    const GOAL: Goal = Goal { handle: 180.0, within: 20.0, share: 0.9 };

    fn moment(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a moment")
    }

    fn week(figures: &[(&str, i64, i64)], online: &[(&str, &str)]) -> Week {
        // Monday to Sunday, twice.
        let period = Period {
            from: NaiveDate::from_ymd_opt(2026, 11, 9).expect("a day"),
            to: NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"),
            usual: None,
        };
        let figures: Vec<(String, Numbers)> = figures
            .iter()
            .map(|(label, calls, missed)| {
                let numbers = Numbers::default().with(Measure::Calls, *calls).with(Measure::Missed, *missed);
                ((*label).to_owned(), numbers)
            })
            .collect();
        let online: Vec<_> = online.iter().map(|(from, to)| (moment(from), moment(to))).collect();
        Week::of(&period, &figures, &online, GOAL, ZONE)
    }

    #[test]
    fn people_and_calls_are_averages_of_the_weekdays_there_were() {
        // 08:30 UTC is 11:30 in Moscow: half an hour of one Monday out of two, then a whole one.
        let week = week(
            &[("2026-11-09 11", 40, 3), ("2026-11-16 11", 20, 1)],
            &[("2026-11-09 08:30", "2026-11-09 10:00"), ("2026-11-16 08:00", "2026-11-16 10:00")],
        );
        let eleven = week.hour(0, 11);
        assert_eq!((eleven.calls, eleven.missed, eleven.had), (30.0, 4, 0.75));
        assert_eq!(week.hour(0, 12).had, 1.0);
        assert_eq!(week.span(), Some((11, 12)));
        assert_eq!(week.missed(), 4);
        assert_eq!(eleven.enough(), Enough::Short);
        assert_eq!(week.hour(0, 12).enough(), Enough::Right, "one person and no call: nobody is spare yet");
    }

    #[test]
    fn hours_that_are_short_on_most_days_are_named_as_one_stretch() {
        let labels: Vec<String> = (9..=15)
            .flat_map(|day| [format!("2026-11-{day:02} 11"), format!("2026-11-{day:02} 12")])
            .collect();
        let figures: Vec<(&str, i64, i64)> = labels.iter().map(|label| (label.as_str(), 40, 2)).collect();
        let shortage = week(&figures, &[]).shortage();
        assert_eq!(shortage.when, ["11:00–13:00"]);
        assert_eq!(shortage.missed, 28);
        assert!(shortage.people >= 2);
    }

    #[test]
    fn a_single_hole_is_named_by_its_day() {
        let shortage = week(&[("2026-11-13 21", 30, 4)], &[]).shortage();
        assert_eq!((shortage.when.as_slice(), shortage.missed), (["пт в 21:00".to_owned()].as_slice(), 4));
        assert_eq!(week(&[], &[]).shortage(), Shortage::default());
        assert_eq!(week(&[], &[]).span(), None);
    }
}
