use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::sync_channel;

use super::*;
use kafka_image_bench_core::broker::DataPlace;

fn place(folder: &tempfile::TempDir) -> InstancePlace {
    InstancePlace::in_folder(folder.path().join("run"), &DataPlace::UserFolder, None, None).unwrap()
}

fn first(place: &InstancePlace) -> LaterStarts {
    match start(place.clone(), &[], false).unwrap() {
        Start::First(starts) => starts,
        Start::Beside | Start::HandedOver => panic!("there is another window"),
    }
}

/// A later start, with the window in this thread.
fn later(place: &InstancePlace, paths: &[&str], is_beside: bool) -> Start {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    start(place.clone(), &paths, is_beside).unwrap()
}

#[test]
fn a_later_start_hands_over_until_the_window_closes() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let mut starts = first(&place);
    assert!(matches!(later(&place, &["/photos/Füße", "/b"], false), Start::HandedOver));
    assert!(matches!(later(&place, &[], false), Start::HandedOver));
    assert!(matches!(later(&place, &["/c"], true), Start::Beside));
    let taken: Vec<Vec<PathBuf>> = starts.take().collect();
    assert_eq!(taken, [vec![PathBuf::from("/photos/Füße"), PathBuf::from("/b")], Vec::new()]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.address_file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read the token");
    }
    starts.close();
    assert!(!place.address_file().exists());
    assert!(matches!(later(&place, &["/d"], false), Start::First(_)));
}

#[test]
fn more_starts_than_fit_open_windows_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let _starts = first(&place);
    for _ in 0..STARTS_MAX {
        assert!(matches!(later(&place, &["/a"], false), Start::HandedOver));
    }
    assert!(matches!(later(&place, &["/a"], false), Start::First(_)));
}

/// After a kill the file is still there: nothing listens, or another program does by now.
#[test]
fn what_a_killed_process_has_left_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let before = first(&place);
    let old = std::fs::read(place.address_file()).unwrap();
    drop(before);
    std::fs::write(place.address_file(), &old).unwrap();
    let again = later(&place, &["/a"], false);
    assert!(matches!(again, Start::First(_)) && std::fs::read(place.address_file()).unwrap() != old);
    drop(again);
    std::fs::write(place.address_file(), "{ nonsense").unwrap();
    assert!(matches!(later(&place, &["/a"], false), Start::First(_)));
}

#[test]
fn another_program_at_the_port_learns_no_path() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    std::fs::create_dir_all(place.folder()).unwrap();
    let token = protocol::random_text().unwrap();
    let address = Address { address: stranger.local_addr().unwrap(), token: token.clone() };
    std::fs::write(place.address_file(), serde_json::to_vec(&address).unwrap()).unwrap();
    let (sender, heard) = sync_channel(1);
    let listening = std::thread::Builder::new().spawn(move || {
        let (mut stream, _) = stranger.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        // Its best guess: what it was sent.
        stream.write_all(line.as_bytes()).unwrap();
        stream.read_to_string(&mut line).unwrap();
        sender.send(line).unwrap();
    });
    assert!(matches!(later(&place, &["/secret/place"], false), Start::First(_)));
    listening.unwrap().join().unwrap();
    let heard = heard.recv().unwrap();
    assert!(heard.starts_with("kafka-image-bench/1 ") && heard.lines().count() == 1, "{heard}");
    assert!(!heard.contains(&token) && !heard.contains("secret"));
}

#[test]
fn who_does_not_know_the_token_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let starts = first(&place);
    let mut found = read(&place).unwrap();
    found.token = protocol::random_text().unwrap();
    assert!(hand_over(&found, &["/a".into()], false).is_err());
    // Without any proof, and with one that was made up.
    for lines in ["GET / HTTP/1.1\n\n", "kafka-image-bench/1 00\n00 [\"/a\"]\n", "\n"] {
        let mut stream = TcpStream::connect(found.address).unwrap();
        stream.write_all(lines.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.contains("taken"), "{answer}");
    }
    assert_eq!(starts.take().count(), 0);
    assert!(matches!(later(&place, &["/a"], false), Start::HandedOver));
}

#[test]
fn windows_that_share_nothing_are_separate() {
    let of = |data: &DataPlace, cluster, work_dir| {
        InstancePlace::in_folder("/run".into(), data, cluster, work_dir).map(|place| place.address_file())
    };
    let usual = of(&DataPlace::UserFolder, None, None).unwrap();
    assert_eq!(of(&DataPlace::UserFolder, None, None), Some(usual.clone()));
    assert_eq!(of(&DataPlace::Memory, None, None), None);
    let others = [
        of(&DataPlace::Directory("/data".into()), None, None),
        of(&DataPlace::UserFolder, Some("host:9092"), None),
        of(&DataPlace::UserFolder, None, Some(std::path::Path::new("/out"))),
    ];
    assert!(others.iter().all(|other| other.is_some() && *other != Some(usual.clone())));
    assert!(others[0] != others[1] && others[1] != others[2] && others[0] != others[2]);
}
