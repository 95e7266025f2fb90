//! What a recording of a call is: where it is on its way, how it came, which sound it holds.

crate::text_enum! {
    /// Where a recording is on its way.
    RecordingState {
        /// Told of, not fetched yet.
        Awaited = "awaited",
        /// Can be listened to.
        Ready = "ready",
        /// Here, but nobody knows of which call.
        Unmatched = "unmatched",
        /// Could not be got.
        Failed = "failed",
        /// Was here and has been removed.
        Gone = "gone",
    }
}

impl RecordingState {
    /// Whether its content is in the storage.
    pub fn has_content(self) -> bool {
        matches!(self, Self::Ready | Self::Unmatched)
    }
}

crate::text_enum! {
    /// How a recording came.
    RecordingSource {
        /// In a letter of the telephony.
        Mail = "mail",
        /// Fetched from the telephony.
        Api = "api",
        /// Put in by an admin.
        Manual = "manual",
    }
}

crate::text_enum! {
    /// What a recording's content is; recognised by its bytes, served under this name.
    AudioType {
        /// MPEG layer III.
        Mp3 = "audio/mpeg",
        /// RIFF: PCM, float, A-law or μ-law.
        Wav = "audio/wav",
        /// AAC in an MPEG-4 container.
        M4a = "audio/mp4",
        /// AAC in bare ADTS frames.
        Aac = "audio/aac",
        /// Opus, Vorbis or Speex in Ogg pages.
        Ogg = "audio/ogg",
        /// AMR, narrow or wide.
        Amr = "audio/amr",
    }
}

impl AudioType {
    /// Ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::M4a => "m4a",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::Amr => "amr",
        }
    }

    /// Whether every browser plays it; others are kept to be downloaded.
    pub fn is_played_everywhere(self) -> bool {
        !matches!(self, Self::Ogg | Self::Amr)
    }
}
