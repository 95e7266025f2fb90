//! What the program stands on: settings, errors, secrets, the database, storage, live events, periodic work, files of
//! sounds and sheets. Knows nothing of calls and orders.

pub mod audit;
pub mod certificate;
pub mod config;
pub mod content_disposition;
pub mod db;
pub mod error;
pub mod jobs;
pub mod live;
pub mod machine;
pub mod masking;
pub mod metrics;
pub mod origin;
pub mod private;
pub mod proxy;
pub mod refold;
pub mod secret;
pub mod settings;
pub mod sheet;
pub mod sound;
pub mod storage;
pub mod telemetry;
pub mod throttle;
pub mod wake;
