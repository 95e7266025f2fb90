use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// Two seconds, quiet and then loud (MPEG 2.5, 8 kHz), as telephone exchanges send them.
const VOICE: &[u8] = include_bytes!("../../../tests/data/recordings/voice-8k.mp3");
/// The same at 44.1 kHz between an ID3v2 and an ID3v1 tag.
const TAGGED: &[u8] = include_bytes!("../../../tests/data/recordings/tagged-44k.mp3");

fn probed(bytes: &[u8]) -> Result<Sound, SoundError> {
    probe(Cursor::new(bytes))
}

/// A WAV file of `rate` with one channel and any samples.
fn wav(code: u16, bits: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let width = u32::from(bits / 8);
    let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
    // A part nobody asked for, of odd length.
    file.extend_from_slice(b"LIST\x03\0\0\0abc\0fmt \x10\0\0\0");
    file.extend_from_slice(&code.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * width).to_le_bytes());
    file.extend_from_slice(&(width as u16).to_le_bytes());
    file.extend_from_slice(&bits.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    file
}

/// An ADTS frame at 16 kHz with `payload` bytes.
fn adts(payload: usize) -> Vec<u8> {
    let bytes = payload + 7;
    let head =
        [0xff, 0xf1, 0x60, 0x40 | (bytes >> 11) as u8, (bytes >> 3) as u8, (bytes << 5) as u8 | 0x1f, 0xfc];
    head.into_iter().chain(std::iter::repeat_n(0x55, payload)).collect()
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut all = (content.len() as u32 + 8).to_be_bytes().to_vec();
    all.extend_from_slice(kind);
    all.extend_from_slice(content);
    all
}

/// An MPEG-4 file with one track of `handler` that lasts 2.5 s.
fn m4a(handler: &[u8; 4]) -> Vec<u8> {
    let mut times = vec![0; 24];
    times[12..16].copy_from_slice(&8000_u32.to_be_bytes());
    times[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
    let mut hdlr = vec![0; 24];
    hdlr[8..12].copy_from_slice(handler);
    let media = boxed(b"mdia", &[boxed(b"mdhd", &times), boxed(b"hdlr", &hdlr)].concat());
    let whole = boxed(b"mvhd", &times);
    let moov = boxed(b"moov", &[whole, boxed(b"trak", &media)].concat());
    [boxed(b"ftyp", b"M4A \0\0\0\0mp42"), boxed(b"mdat", &[7; 5000]), moov].concat()
}

/// How loud the beginning and the end of a picture are.
fn ends(sound: &Sound) -> (u8, u8) {
    let bar = |at: usize| sound.peaks[2 * at..2 * at + 2].parse().expect("two digits");
    (bar(BARS / 4), bar(BARS * 3 / 4))
}

#[test]
fn telephone_files_are_measured_and_drawn() {
    let quiet_then_loud = |quiet: u8, loud: u8| [vec![quiet; 12_000], vec![loud; 12_000]].concat();
    let wide: Vec<u8> = [vec![1000_i16; 12_000], vec![20_000; 12_000]]
        .concat()
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    let float: Vec<u8> =
        [vec![0.05_f32; 12_000], vec![-0.9; 12_000]].concat().iter().flat_map(|s| s.to_le_bytes()).collect();
    for (name, file) in [
        ("8 bit", wav(1, 8, 8000, &quiet_then_loud(132, 250))),
        ("16 bit", wav(1, 16, 8000, &wide)),
        ("float", wav(3, 32, 8000, &float)),
        ("A-law", wav(6, 8, 8000, &quiet_then_loud(0xf5, 0x2a))),
        ("mu-law", wav(7, 8, 8000, &quiet_then_loud(0xd0, 0x80))),
    ] {
        let sound = probed(&file).expect(name);
        assert_eq!((sound.media_type, sound.duration_ms), (AudioType::Wav, Some(3000)), "{name}");
        let (quiet, loud) = ends(&sound);
        assert!(quiet < 40 && loud > 95, "{name}: {quiet} and {loud}");
    }
}

#[test]
fn a_length_that_was_never_filled_in_is_what_is_there() {
    let mut file = wav(7, 8, 8000, &[0x80; 16_000]);
    let at = file.len() - 16_004;
    for claimed in [0, u32::MAX, 4_000_000] {
        file[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
        assert_eq!(probed(&file).expect("a sound").duration_ms, Some(2000), "{claimed}");
    }
}

#[test]
fn a_codec_nobody_decodes_still_has_its_length() {
    let sound = probed(&wav(0x31, 16, 8000, &[1; 32_000])).expect("GSM in WAV");
    assert_eq!((sound.duration_ms, sound.peaks.as_str()), (Some(2000), ""));
}

#[test]
fn mp3_is_decoded_with_and_without_tags() {
    for (bytes, name) in [(VOICE, "raw frames"), (TAGGED, "with tags")] {
        assert_eq!(sniff(bytes), Some(AudioType::Mp3), "{name}");
        let sound = probed(bytes).expect(name);
        assert_eq!(sound.media_type, AudioType::Mp3);
        // Whole frames, and what the encoder puts before and after.
        let ms = sound.duration_ms.expect("a length");
        assert!((2000..2300).contains(&ms), "{name}: {ms}");
        let (quiet, loud) = ends(&sound);
        assert!(quiet < 40 && loud > 90, "{name}: {quiet} and {loud}");
    }
}

#[test]
fn a_damaged_frame_costs_a_moment_and_not_the_recording() {
    // Some of these lead the decoder past its own tables.
    for at in (200..VOICE.len()).step_by(11) {
        for wrong in [0x00, 0x5a, 0xff] {
            let mut file = VOICE.to_vec();
            file[at] = wrong;
            let sound = probed(&file).expect("still a sound");
            let ms = sound.duration_ms.expect("a length");
            assert!((1900..2300).contains(&ms), "{at}: {ms}");
            assert_eq!(sound.peaks.len(), 2 * BARS);
        }
    }
}

#[test]
fn aac_is_measured_by_its_headers() {
    let frames = 32;
    let mut file: Vec<u8> = (0..frames).flat_map(|n| adts(100 + n)).collect();
    let sound = probed(&file).expect("ADTS");
    assert_eq!((sound.media_type, sound.duration_ms), (AudioType::Aac, Some(frames as i64 * 64)));
    assert_eq!(sound.peaks, "");
    file.extend_from_slice(b"TAGsomething after the sound");
    assert_eq!(probed(&file).expect("ADTS and a tag").duration_ms, sound.duration_ms);
    let sound = probed(&m4a(b"soun")).expect("M4A");
    assert_eq!((sound.media_type, sound.duration_ms), (AudioType::M4a, Some(2500)));
}

/// An MPEG-4 file as it is written while it is recorded: its track (number 2, beside one of text) tells `claimed` units
/// of 1/8000 s, its fragments last two seconds and a half second.
fn fragmented(claimed: u32) -> Vec<u8> {
    let numbers = |all: &[u32]| all.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>();
    let track = |id: u32, handler: &[u8; 4], samples: &[u32]| {
        let mut hdlr = vec![0; 24];
        hdlr[8..12].copy_from_slice(handler);
        let table = boxed(b"minf", &boxed(b"stbl", &boxed(b"stts", &numbers(samples))));
        let times = boxed(b"mdhd", &numbers(&[0, 0, 0, 8000, claimed, 0]));
        let media = boxed(b"mdia", &[times, boxed(b"hdlr", &hdlr), table].concat());
        boxed(b"trak", &[boxed(b"tkhd", &numbers(&[0, 0, 0, id, 0, 0])), media].concat())
    };
    let usual = |id| boxed(b"trex", &numbers(&[0, id, 1, 1000, 0, 0]));
    let moov = [
        boxed(b"mvhd", &numbers(&[0, 0, 0, 1000, 0, 0])),
        track(1, b"text", &[0, 1, 9, 9]),
        track(2, b"soun", &[0, 0]),
        boxed(b"mvex", &[usual(1), usual(2)].concat()),
    ];
    let moof = |head: &[u32], run: &[u32]| {
        let parts = [boxed(b"tfhd", &numbers(head)), boxed(b"trun", &numbers(run))].concat();
        [boxed(b"moof", &boxed(b"traf", &parts)), boxed(b"mdat", &[7; 40])].concat()
    };
    [
        boxed(b"ftyp", b"iso5\0\0\0\0iso6"),
        boxed(b"moov", &moov.concat()),
        // The track's usual length; the fragment's own, behind a place and a description; each sample's, behind a place.
        moof(&[0, 2], &[0, 8]),
        moof(&[0x0b, 2, 0, 0, 1, 2000], &[0, 4]),
        moof(&[0, 2], &[0x301, 2, 99, 1500, 7, 2500, 7]),
        moof(&[0, 1], &[0, 900]),
    ]
    .concat()
}

#[test]
fn a_sound_in_fragments_lasts_as_long_as_they() {
    for claimed in [0, 20_000] {
        let sound = probed(&fragmented(claimed)).expect("M4A");
        assert_eq!((sound.media_type, sound.duration_ms), (AudioType::M4a, Some(2500)), "{claimed}");
    }
}

/// A page of an Ogg file at so many samples.
fn page(samples: u64, content: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0\0".to_vec();
    page.extend(samples.to_le_bytes());
    page.extend(b"abcd\0\0\0\0\0\0\0\0\x01");
    page.push(u8::try_from(content.len()).expect("a short one"));
    page.extend(content);
    page
}

#[test]
fn ogg_is_as_long_as_its_last_page_says() {
    let opus = page(0, b"OpusHead\x01\x01\x38\x01\x40\x1f\0\0\0\0\0");
    let vorbis = page(0, b"\x01vorbis\0\0\0\0\x01\x40\x1f\0\0\0\0\0\0");
    for (head, last, ms) in [(opus, 48_312 * 2, 2006), (vorbis, 20_000, 2500)] {
        let file =
            [head.clone(), page(9000, b"sound"), page(last, b"sound"), page(u64::MAX, b"no end")].concat();
        assert_eq!(sniff(&file), Some(AudioType::Ogg));
        let sound = probed(&file).expect("Ogg");
        assert_eq!((sound.media_type, sound.duration_ms), (AudioType::Ogg, Some(ms)));
        assert!(matches!(probed(&head), Err(SoundError::Damaged)), "no sound behind its head");
    }
    assert_eq!(sniff(&page(0, b"\x80theora\x03\x02\x01")), None, "a film");
}

#[test]
fn amr_is_measured_by_its_frames() {
    let narrow =
        [b"#!AMR\n".to_vec(), [vec![0x3c], vec![7; 31]].concat().repeat(50), vec![0x7c, 0x3c, 1]].concat();
    let wide = [b"#!AMR-WB\n".to_vec(), [vec![0x04], vec![7; 17]].concat().repeat(50)].concat();
    for (file, ms) in [(narrow, 1020), (wide, 1000)] {
        let sound = probed(&file).expect("AMR");
        assert_eq!((sound.media_type, sound.duration_ms), (AudioType::Amr, Some(ms)));
    }
    for wrong in [&b"#!AMR\n"[..], b"#!AMR\n\xff\xff\xff\xff", b"#!AMR\n\x54\0\0"] {
        assert!(matches!(probed(wrong), Err(SoundError::Damaged)));
    }
}

#[test]
fn what_is_no_sound_is_refused() {
    for bytes in [
        &b""[..],
        b"<html>not found</html>",
        b"{\"result\":3320}",
        b"ID3",
        b"OggS\0\x02",
        b"%PDF-1.4",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"\xff\xfb\x90\x64",
        &[0xff; 4000],
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    ] {
        assert!(matches!(probed(bytes), Err(SoundError::NotAudio)), "{:?}", String::from_utf8_lossy(bytes));
    }
    assert!(matches!(probed(&m4a(b"vide")), Err(SoundError::NotAudio)), "a film");
    for bytes in [
        wav(7, 8, 8000, &[]),
        b"RIFF\x10\0\0\0WAVEfmt \xff\xff\xff\x7f".to_vec(),
        b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0abcd".to_vec(),
        [b"ID3\x03\0\0\0\0\0\x05hello".as_slice(), b"no sound follows"].concat(),
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f".to_vec(),
        boxed(b"ftyp", b"M4A \0\0\0\0").into_iter().chain(*b"\xff\xff\xff\xffmoov").collect(),
    ] {
        assert!(matches!(probed(&bytes), Err(SoundError::Damaged)), "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn boxes_in_boxes_without_end_are_a_joke() {
    let mut inner = boxed(b"free", b"");
    for _ in 0..200_000 {
        inner.extend(boxed(b"free", b""));
    }
    let file = [boxed(b"ftyp", b"M4A \0\0\0\0"), inner].concat();
    assert!(matches!(probed(&file), Err(SoundError::Damaged)));
    let mut deep = boxed(b"mvhd", &[0; 20]);
    for _ in 0..1500 {
        deep = boxed(b"moov", &deep);
    }
    let file = [boxed(b"ftyp", b"M4A \0\0\0\0"), deep].concat();
    assert!(probed(&file).is_err());
}

/// Something that begins like a sound.
fn beginning() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"RIFF\0\0\0\0WAVE".to_vec()),
        Just(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0".to_vec()),
        Just(b"\0\0\0\x10ftypM4A \0\0\0\0".to_vec()),
        Just(b"ID3\x03\0\0\0\0\0\x05hello".to_vec()),
        Just(VOICE[..600].to_vec()),
        Just(adts(40)),
        Just(page(0, b"OpusHead\x01\x01\x38\x01\x40\x1f\0\0\0\0\0")),
        Just(b"#!AMR\n\x3c".to_vec()),
        Just(Vec::new()),
    ]
}

proptest! {
    #[test]
    fn no_bytes_break_it(start in beginning(), rest in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let file = [start, rest].concat();
        let _ = sniff(&file);
        if let Ok(sound) = probed(&file) {
            prop_assert!(sound.peaks.is_empty() || sound.peaks.len() == 2 * BARS);
            prop_assert!(sound.duration_ms.is_none_or(|ms| ms > 0));
        }
    }

    #[test]
    fn a_sound_with_wrong_bytes_in_it_does_not_break_it(
        which in 0..4_usize,
        wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let mut file = vec![VOICE.to_vec(), m4a(b"soun"), wav(7, 8, 8000, &[0x80; 3000]), fragmented(0)].swap_remove(which);
        for (at, byte) in wrong {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = probed(&file);
    }
}
