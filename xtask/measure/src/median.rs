//! The middle of some figures.

/// Their median; zero where there are none.
#[must_use]
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match (figures.len() % 2, figures.get(middle)) {
        (_, None) => 0.0,
        (0, Some(upper)) => figures
            .get(middle - 1)
            .map_or(*upper, |lower| lower.midpoint(*upper)),
        (_, Some(only)) => *only,
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_of_some_figures() {
        let middle = |figures: &[f64]| format!("{}", median(figures.to_vec()));
        assert_eq!(middle(&[]), "0");
        assert_eq!(middle(&[3.0]), "3");
        assert_eq!(middle(&[9.0, 1.0, 2.0]), "2");
        assert_eq!(middle(&[4.0, 1.0, 9.0, 2.0]), "3");
    }
}
