//! Finds circles: things that name each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who names whom.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// A shortest circle of each knot of things that all reach each other, and how many things the knot has.
///
/// A circle begins with its first thing by name and does not repeat it at the end.
#[must_use]
pub fn circles(arrows: &Arrows) -> Vec<(Vec<String>, usize)> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = arrows
        .keys()
        .map(|from| (from, reached(arrows, from)))
        .collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (from, reached) in &reach {
        if !reached.contains(from) || !seen.insert(*from) {
            continue;
        }
        let back = |to: &&&String| reach.get(**to).is_some_and(|back| back.contains(from));
        let knot: BTreeSet<&String> = reached.iter().filter(back).copied().collect();
        let shortest = knot
            .iter()
            .map(|start| circle(arrows, start))
            .min_by_key(Vec::len);
        found.push((shortest.unwrap_or_default(), knot.len()));
        seen.extend(knot);
    }
    found
}

/// Everything that can be reached from a thing by at least one arrow.
#[must_use]
pub fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = arrows.get(from).into_iter().flatten().collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(arrows.get(next).into_iter().flatten());
        }
    }
    found
}

/// The shortest way from a thing back to itself.
fn circle(arrows: &Arrows, start: &str) -> Vec<String> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied().unwrap_or(start);
        for next in arrows.get(last).into_iter().flatten() {
            if next == start {
                return way.into_iter().map(str::to_owned).collect();
            }
            if seen.insert(next) {
                let mut longer = way.clone();
                longer.push(next);
                ways.push_back(longer);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(arrows: &[(&str, &str)]) -> Vec<(String, usize)> {
        let mut all = Arrows::new();
        for (from, to) in arrows {
            all.entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
        }
        circles(&all)
            .into_iter()
            .map(|(circle, size)| (circle.join(" "), size))
            .collect()
    }

    #[test]
    fn of_each_knot_a_shortest_circle_is_found() {
        let arrows = [
            ("a", "b"),
            ("b", "c"),
            ("c", "a"),
            ("c", "d"),
            ("d", "c"),
            ("e", "a"),
            ("x", "y"),
            ("y", "x"),
        ];
        assert_eq!(
            found(&arrows),
            [("c d".to_owned(), 4), ("x y".to_owned(), 2)]
        );
    }

    #[test]
    fn what_only_goes_down_has_none() {
        assert_eq!(found(&[("a", "b"), ("a", "c"), ("b", "c")]), []);
    }
}
