//! Erlang C: how many people a stream of calls needs. Calls come by chance at an even rate, wait in one queue and nobody
//! gives up; the formula is in docs/statistics.md with the published values the tests compare with.

/// More people than that are not searched for.
const MOST: u32 = 500;

/// The chance that a call has to wait when `people` take calls of `load` erlangs (calls an hour × hours a call takes).
/// Not enough people for the load: every call waits.
pub fn waits(people: u32, load: f64) -> f64 {
    if load <= 0.0 {
        return 0.0;
    }
    let count = f64::from(people);
    if count <= load {
        return 1.0;
    }
    // Erlang B by its recursion: no factorial grows out of bounds.
    let blocked = (1..=people).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked));
    let busy = load / count;
    blocked / (1.0 - busy * (1.0 - blocked))
}

/// The share of calls (0 … 1) answered within `within` seconds when a call takes `handle` seconds of a person.
pub fn answered_within(people: u32, load: f64, handle: f64, within: f64) -> f64 {
    let spare = f64::from(people) - load;
    if load <= 0.0 {
        return 1.0;
    }
    if spare <= 0.0 || handle <= 0.0 {
        return 0.0;
    }
    1.0 - waits(people, load) * (-spare * within / handle).exp()
}

/// What is wanted of a shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// How long a call takes of a person, seconds: the conversation and what is written after it.
    pub handle: f64,
    /// Within so many seconds a call is answered …
    pub within: f64,
    /// … in this share of all, 0 … 1.
    pub share: f64,
}

/// The fewest people who answer `calls` an hour as the goal says.
pub fn needed(calls: f64, goal: Goal) -> u32 {
    let load = calls * goal.handle / 3600.0;
    if load <= 0.0 {
        return 0;
    }
    (1..MOST)
        .find(|people| answered_within(*people, load, goal.handle, goal.within) >= goal.share)
        .unwrap_or(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten erlangs: 200 calls an hour of three minutes. The published table of Erlang C for 11 … 15 servers.
    #[test]
    fn the_chance_to_wait_is_the_published_one() {
        let published = [(11, 0.682), (12, 0.449), (13, 0.285), (14, 0.174), (15, 0.102)];
        for (people, chance) in published {
            let found = waits(people, 10.0);
            assert!((found - chance).abs() < 0.001, "{people} people: {found}, published {chance}");
        }
        // One server: the queue M/M/1, whose chance to wait is its load.
        assert!((waits(1, 0.6) - 0.6).abs() < 1e-12);
        // Two servers and one erlang: one in three.
        assert!((waits(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
    }

    /// The example telephone planners learn it by: 100 calls in half an hour of 180 seconds, 80 % within 20 seconds.
    #[test]
    fn the_published_shift_of_fourteen_answers_888_of_a_thousand() {
        let share = answered_within(14, 10.0, 180.0, 20.0);
        assert!((share - 0.888).abs() < 0.001, "{share}");
        assert!(answered_within(13, 10.0, 180.0, 20.0) < 0.8);
        let goal = Goal { handle: 180.0, within: 20.0, share: 0.8 };
        assert_eq!(needed(200.0, goal), 14);
    }

    #[test]
    fn fewer_people_than_work_answer_nothing_and_no_calls_need_nobody() {
        assert_eq!(waits(9, 10.0), 1.0);
        assert_eq!(answered_within(10, 10.0, 180.0, 20.0), 0.0);
        let goal = Goal { handle: 200.0, within: 20.0, share: 0.9 };
        assert_eq!(needed(0.0, goal), 0);
        assert_eq!(needed(0.5, goal), 1);
        assert!(needed(1_000_000.0, goal) <= MOST);
    }

    #[test]
    fn one_person_more_never_answers_less() {
        for load in [0.2, 1.0, 3.7, 12.0, 40.0] {
            let shares: Vec<f64> = (1..80).map(|n| answered_within(n, load, 190.0, 20.0)).collect();
            assert!(shares.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{load} erlangs");
        }
    }
}
