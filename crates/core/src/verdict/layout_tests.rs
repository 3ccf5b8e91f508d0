use super::*;

fn cells(rows: &[&[f64]]) -> Vec<Cell> {
    let cell = |(configuration, row): (usize, &&[f64])| -> Vec<Cell> {
        let one = |(round, value): (usize, &f64)| Cell { configuration, round: round as u32, value: *value };
        row.iter().enumerate().map(one).collect()
    };
    rows.iter().enumerate().flat_map(cell).filter(|cell| cell.value.is_finite()).collect()
}

/// The table was made with statsmodels: `tests/fixtures/statistics/make_tables.py`.
#[test]
fn differences_and_errors_are_those_of_an_independent_instrument() {
    let table = include_str!("../../../../tests/fixtures/statistics/two_way.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut checked = 0;
    for design in ["0", "1", "2", "3"] {
        let of = |kind: &'static str| rows.iter().filter(move |row| row[0] == design && row[1] == kind);
        let number = |text: &str| -> f64 { text.parse().unwrap() };
        let cells: Vec<Cell> = of("cell")
            .map(|row| Cell {
                configuration: row[2].parse().unwrap(),
                round: row[3].parse().unwrap(),
                value: number(row[4]),
            })
            .collect();
        let layout = Layout::of(&cells);
        assert!(layout.has_blocks && layout.levels.iter().all(|level| !level.noise.unwrap().is_own));
        let (noise, expected) = (layout.levels[0].noise.unwrap(), of("noise").next().unwrap());
        assert!((noise.freedom - number(expected[2])).abs() < 1e-6, "{noise:?} {expected:?}");
        assert!((noise.variance.sqrt() - number(expected[4])).abs() < 1e-9, "{noise:?} {expected:?}");
        for row in of("difference") {
            let (a, b): (usize, usize) = (row[2].parse().unwrap(), row[3].parse().unwrap());
            let difference = layout.levels[a].mean - layout.levels[b].mean;
            let (error, _) = layout.error(a, b).unwrap();
            assert!((difference - number(row[4])).abs() < 1e-9, "{row:?}: {difference}");
            assert!((error - number(row[5])).abs() < 1e-9, "{row:?}: {error}");
            checked += 1;
        }
    }
    assert_eq!(checked, 3 + 10 + 6 + 15);
}

#[test]
fn a_noisier_configuration_keeps_its_noise_to_itself() {
    let noisy = cells(&[
        &[1.0, 1.01, 0.99, 1.0, 1.01],
        &[2.0, 2.01, 2.0, 1.99, 2.0],
        &[3.0, 2.99, 3.0, 3.01, 3.0],
        &[0.0, 1.0, -1.0, 0.5, -0.5],
    ]);
    let layout = Layout::of(&noisy);
    let own: Vec<bool> = layout.levels.iter().map(|level| level.noise.unwrap().is_own).collect();
    assert_eq!(own, [false, false, false, true]);
    let (calm, freedom) = layout.error(0, 1).unwrap();
    assert!(calm < 0.25 && freedom > 8.0, "{calm} {freedom}");
    let (wild, freedom) = layout.error(0, 3).unwrap();
    assert!(wild > 0.25 && (4.0..5.5).contains(&freedom), "{wild} {freedom}");
}

#[test]
fn what_was_not_repeated_has_no_noise() {
    assert!(Layout::of(&cells(&[&[1.0], &[2.0]])).error(0, 1).is_none());
    assert!(Layout::of(&[]).levels.is_empty());
    // Two configurations without a common round: the rounds cannot be separated from them.
    let nan = f64::NAN;
    let apart = Layout::of(&cells(&[&[1.0, 1.1, nan, nan], &[nan, nan, 2.0, 2.1]]));
    assert!(!apart.has_blocks && apart.error(0, 1).unwrap().1 == 2.0);
    // Two rounds of two leave one degree of freedom with blocks, and two without.
    assert!(!Layout::of(&cells(&[&[1.0, 1.1], &[2.0, 2.1]])).has_blocks);
}
