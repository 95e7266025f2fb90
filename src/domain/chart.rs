//! Charts as shapes: where bars, lines and labels stand, in units of the drawing. Pure; the page draws them as SVG
//! (templates/ui/chart.html), colours are classes of static/css/chart.css.

/// The width of a drawing.
pub const WIDTH: f64 = 720.0;
/// The height of a drawing.
pub const HEIGHT: f64 = 232.0;
/// Room for the numbers of the axis.
const LEFT: f64 = 40.0;
/// Room for what is below the axis.
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;
const RIGHT: f64 = 8.0;
/// As many labels fit below the axis.
const LABELS: usize = 8;

/// Numbers that belong together, one for each place on the axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What they are, for the legend.
    pub label: String,
    /// Which colour of the chart: 1 accent, 2 bad, 3 cool, 4 grey (a period to compare with).
    pub colour: u8,
    /// The numbers.
    pub values: Vec<f64>,
    /// The numbers as people read them, for what is shown under the pointer.
    pub words: Vec<String>,
}

/// A line of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub y: String,
    /// What it stands for.
    pub label: String,
}

/// A word below the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its middle.
    pub x: String,
    /// The word.
    pub label: String,
}

/// A bar, or a part of one.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "a rectangle")]
pub struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    pub colour: u8,
    /// For the pointer.
    pub title: String,
}

/// A line through its points.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `x,y x,y …`
    pub points: String,
    /// The same closed along the axis; empty for a line without one.
    pub area: String,
    /// As of [`Series::colour`].
    pub colour: u8,
    /// Points to point at.
    pub dots: Vec<Dot>,
}

/// A point of a line.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "a point")]
pub struct Dot {
    pub x: String,
    pub y: String,
    pub title: String,
}

/// A whole chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Lines of the grid.
    pub ticks: Vec<Tick>,
    /// Words below.
    pub marks: Vec<Mark>,
    /// Bars.
    pub bars: Vec<Bar>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Label and colour of each series.
    pub legend: Vec<(String, u8)>,
}

impl Chart {
    /// Bars for each label, the series upon each other.
    pub fn bars(labels: &[String], series: &[Series]) -> Self {
        Self::bars_with(labels, series, None)
    }

    /// Bars, with a line across them to compare with.
    pub fn bars_with(labels: &[String], series: &[Series], line: Option<&Series>) -> Self {
        let sums = (0..labels.len()).map(|at| series.iter().map(|one| one.at(at)).sum());
        let beside = line.into_iter().flat_map(|one| one.values.iter().copied());
        let scale = Scale::of(sums.chain(beside));
        let step = step(labels.len());
        let width = (step * 0.72).clamp(1.0, 56.0);
        let mut chart = Self::frame(labels, series, &scale);
        for (at, label) in labels.iter().enumerate() {
            let mut below = 0.0;
            for one in series {
                let value = one.at(at);
                let (bottom, top) = (scale.y(below), scale.y(below + value));
                below += value;
                if value > 0.0 {
                    chart.bars.push(Bar {
                        x: written(LEFT + step * (at as f64 + 0.5) - width / 2.0),
                        y: written(top),
                        width: written(width),
                        // A line of the page between the parts.
                        height: written((bottom - top - 1.0).max(0.5)),
                        colour: one.colour,
                        title: one.title(label, at),
                    });
                }
            }
        }
        if let Some(one) = line {
            chart.lines.push(one.drawn(labels, &scale, false));
            chart.legend.push((one.label.clone(), one.colour));
        }
        chart
    }

    /// A line for each series; below the first stands its area.
    pub fn lines(labels: &[String], series: &[Series]) -> Self {
        let scale = Scale::of(series.iter().flat_map(|one| one.values.iter().copied()));
        let mut chart = Self::frame(labels, series, &scale);
        let drawn = series.iter().enumerate().map(|(number, one)| one.drawn(labels, &scale, number == 0));
        chart.lines = drawn.collect();
        // What is compared with lies below what is shown.
        chart.lines.reverse();
        chart
    }

    fn frame(labels: &[String], series: &[Series], scale: &Scale) -> Self {
        let every = labels.len().div_ceil(LABELS).max(1);
        let step = step(labels.len());
        let marks = labels
            .iter()
            .enumerate()
            .filter(|(at, _)| at % every == 0)
            .map(|(at, label)| Mark { x: written(LEFT + step * (at as f64 + 0.5)), label: label.clone() });
        Self {
            ticks: scale.ticks(),
            marks: marks.collect(),
            legend: series.iter().map(|one| (one.label.clone(), one.colour)).collect(),
            ..Self::default()
        }
    }
}

impl Series {
    fn at(&self, place: usize) -> f64 {
        self.values.get(place).copied().unwrap_or(0.0).max(0.0)
    }

    /// The line through the numbers, with the area below it or without.
    fn drawn(&self, labels: &[String], scale: &Scale, has_area: bool) -> Line {
        let step = step(labels.len());
        let spots: Vec<(f64, f64)> = self
            .values
            .iter()
            .take(labels.len())
            .enumerate()
            .map(|(at, value)| (LEFT + step * (at as f64 + 0.5), scale.y(*value)))
            .collect();
        let points = joined(&spots);
        let area = match (has_area, spots.first(), spots.last()) {
            (true, Some(first), Some(last)) => {
                let floor = written(scale.y(0.0));
                format!("{},{floor} {points} {},{floor}", written(first.0), written(last.0))
            }
            _ => String::new(),
        };
        let dots = spots.iter().enumerate().map(|(at, (x, y))| Dot {
            x: written(*x),
            y: written(*y),
            title: self.title(&labels[at], at),
        });
        Line { points, area, colour: self.colour, dots: dots.collect() }
    }

    fn title(&self, label: &str, at: usize) -> String {
        let words = self.words.get(at).cloned().unwrap_or_else(|| written(self.at(at)));
        format!("{label}: {} {words}", self.label)
    }
}

/// The width and the height of a [`spark`].
pub const SPARK: (f64, f64) = (96.0, 26.0);

/// The points of a small line without an axis; empty when there is nothing to draw a line through.
pub fn spark(values: &[f64]) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(most, f64::min);
    let span = if most > least { most - least } else { 1.0 };
    let spots: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let x = 1.0 + (SPARK.0 - 2.0) * at as f64 / (values.len() - 1) as f64;
            (x, SPARK.1 - 2.0 - (SPARK.1 - 4.0) * (value - least) / span)
        })
        .collect();
    joined(&spots)
}

/// From numbers to heights.
struct Scale {
    top: f64,
    step: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let most = values.fold(0.0, f64::max);
        let mut step = 1.0;
        // 1, 2, 5, 10, 20, … until four of them are enough.
        let mut factors = [2.0, 2.5, 2.0].into_iter().cycle();
        while step * 4.0 < most {
            step *= factors.next().unwrap_or(2.0);
        }
        let lines = (most / step).ceil().max(1.0);
        Self { top: step * lines, step }
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / self.top)
    }

    fn ticks(&self) -> Vec<Tick> {
        let count = (self.top / self.step).round() as usize;
        (0..=count)
            .map(|at| {
                let value = self.step * at as f64;
                Tick { y: written(self.y(value)), label: super::russian::count(value as u64) }
            })
            .collect()
    }
}

fn step(labels: usize) -> f64 {
    (WIDTH - LEFT - RIGHT) / labels.max(1) as f64
}

fn joined(spots: &[(f64, f64)]) -> String {
    spots.iter().map(|(x, y)| format!("{},{}", written(*x), written(*y))).collect::<Vec<_>>().join(" ")
}

/// A coordinate with a tenth at most.
fn written(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    format!("{tenths}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(values: &[f64]) -> Series {
        Series { label: "принято".into(), colour: 1, values: values.to_vec(), words: Vec::new() }
    }

    #[test]
    fn bars_stand_upon_each_other_and_end_below_the_highest_line() {
        let labels = ["1".to_owned(), "2".to_owned()];
        let chart = Chart::bars(&labels, &[series(&[3.0, 0.0]), series(&[1.0, 4.0])]);
        assert_eq!(chart.bars.len(), 3, "nothing is drawn for nothing");
        assert_eq!(
            chart.ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(),
            ["0", "1", "2", "3", "4"]
        );
        assert_eq!(chart.bars[0].title, "1: принято 3");
        assert_eq!(chart.bars[1].y, chart.ticks[4].y, "3 and 1 end where 4 is");
    }

    #[test]
    fn nothing_is_a_chart_too() {
        let chart = Chart::lines(&[], &[series(&[])]);
        assert!(chart.lines[0].points.is_empty() && chart.ticks.len() == 2);
        assert_eq!(spark(&[1.0]), "");
        assert_eq!(spark(&[1.0, 1.0]), "1,24 95,24");
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_nothing_leaves_the_drawing(values in prop::collection::vec(0.0f64..1e7, 1..400)) {
            let labels: Vec<String> = (0..values.len()).map(|at| at.to_string()).collect();
            let inside = |text: &str, most: f64| text.parse::<f64>().is_ok_and(|v| (0.0..=most).contains(&v));
            let chart = Chart::bars(&labels, &[series(&values)]);
            prop_assert!(chart.bars.iter().all(|bar| inside(&bar.y, HEIGHT) && inside(&bar.x, WIDTH)));
            let chart = Chart::lines(&labels, &[series(&values)]);
            prop_assert!(chart.lines[0].dots.iter().all(|dot| inside(&dot.y, HEIGHT) && inside(&dot.x, WIDTH)));
            prop_assert!(chart.marks.len() <= LABELS && chart.ticks.len() <= 6);
        }
    }
}
