//! The words of chats: what a message is, whom it counts for, where ours is on its way.

crate::text_enum! {
    /// Whose turn a message makes it. Service lines, deleted messages and what has not been sent are nobody's.
    Counts {
        /// The client's word, which wants an answer.
        Client = "client",
        /// Our answer.
        Answer = "answer",
        /// Neither.
        Nothing = "nothing",
    }
}

crate::text_enum! {
    /// Where a message of ours is.
    SendState {
        /// Written here; nothing has been asked of Avito.
        Queued = "queued",
        /// Being sent just now.
        Sending = "sending",
        /// Sent, and no answer came: it may have arrived. Looked for before anything else is done.
        Doubtful = "doubtful",
        /// Avito has it.
        Sent = "sent",
        /// It has not been sent, and somebody has to say what next.
        Failed = "failed",
    }
}

/// What kind a message is, by Avito's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Words.
    Text,
    /// A picture.
    Image,
    /// An address with a preview.
    Link,
    /// An advertisement.
    Item,
    /// A place.
    Location,
    /// A call through Avito.
    Call,
    /// Speech.
    Voice,
    /// A line of Avito's robots: neither the client's nor ours.
    System,
    /// Taken back.
    Deleted,
    /// A call inside Avito's application, of which nothing is told.
    AppCall,
    /// A file, of which nothing is told.
    File,
    /// A film, of which nothing is told.
    Video,
    /// Something Avito has made up since.
    Other,
}

impl MessageKind {
    /// The kind of Avito's word.
    pub fn of(word: &str) -> Self {
        match word {
            "text" => Self::Text,
            "image" => Self::Image,
            "link" => Self::Link,
            "item" => Self::Item,
            "location" => Self::Location,
            "call" => Self::Call,
            "voice" => Self::Voice,
            "system" => Self::System,
            "deleted" => Self::Deleted,
            "appCall" => Self::AppCall,
            "file" => Self::File,
            "video" => Self::Video,
            _ => Self::Other,
        }
    }

    /// Whose turn it makes it when it comes from the client (`is_out` false) or from us.
    pub fn counts(self, is_out: bool) -> Counts {
        match self {
            Self::System | Self::Deleted => Counts::Nothing,
            _ if is_out => Counts::Answer,
            _ => Counts::Client,
        }
    }
}

/// Characters Avito takes in one message, counted as code points.
pub const MAX_TEXT: usize = 1000;
/// Waiting longer than so many minutes is amber, and longer than so many red.
pub const LATE: i64 = 3;
/// See [`LATE`].
pub const VERY_LATE: i64 = 15;

/// How late an answer is: `late`, `very-late`, or empty.
pub fn lateness(minutes: i64) -> &'static str {
    match minutes {
        VERY_LATE.. => "very-late",
        LATE.. => "late",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_and_what_was_taken_back_are_nobodys_turn() {
        assert_eq!(MessageKind::of("system").counts(true), Counts::Nothing);
        assert_eq!(MessageKind::of("deleted").counts(false), Counts::Nothing);
        assert_eq!(
            MessageKind::of("hologram").counts(false),
            Counts::Client,
            "unknown kinds want an answer too"
        );
        assert_eq!(MessageKind::of("image").counts(true), Counts::Answer);
    }
}
