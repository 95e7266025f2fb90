//! Reading chats and messages, and the addresses for deliveries (docs/avito-api.md 4, 5).

use serde_json::json;

use super::{Again, Client, segment};
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;
use crate::integrations::avito::wire::{Chat, Chats, Messages};

/// The furthest a list can be read.
pub const MOST_OFFSET: u32 = 1000;

impl Client {
    async fn messenger(&self, version: u8) -> Result<String, ApiError> {
        Ok(self.url(&format!("/messenger/v{version}/accounts/{}", self.user_id().await?)))
    }

    /// A page of chats about ads and between people, newest first; `limit` from 1 to 99, `offset` up to
    /// [`MOST_OFFSET`].
    ///
    /// # Errors
    /// In words.
    pub async fn chats(&self, unread_only: bool, limit: u32, offset: u32) -> Result<Chats, ApiError> {
        let url = format!(
            "{}/chats?limit={}&offset={}&unread_only={unread_only}&chat_types=u2i,u2u",
            self.messenger(2).await?,
            limit.clamp(1, 99),
            offset.min(MOST_OFFSET),
        );
        let answer = self.ask(Group::Read, Again::Yes, |http| http.get(&url)).await?;
        if !answer["chats"].is_array() {
            return Err(ApiError::Strange("нет списка чатов".to_owned()));
        }
        Ok(Chats::of(&answer))
    }

    /// One chat.
    ///
    /// # Errors
    /// In words.
    pub async fn chat(&self, chat: &str) -> Result<Chat, ApiError> {
        let url = format!("{}/chats/{}", self.messenger(2).await?, segment(chat));
        let answer = self.ask(Group::Read, Again::Yes, |http| http.get(&url)).await?;
        Chat::of(&answer).ok_or_else(|| ApiError::Strange("нет чата в ответе".to_owned()))
    }

    /// A page of messages, newest first. Marks nothing as read.
    ///
    /// # Errors
    /// In words.
    pub async fn messages(&self, chat: &str, limit: u32, offset: u32) -> Result<Messages, ApiError> {
        let url = format!(
            "{}/chats/{}/messages/?limit={}&offset={}",
            self.messenger(3).await?,
            segment(chat),
            limit.clamp(1, 100),
            offset.min(MOST_OFFSET),
        );
        let answer = self.ask(Group::Read, Again::Yes, |http| http.get(&url)).await?;
        if !answer.is_array() && !answer["messages"].is_array() {
            return Err(ApiError::Strange("нет списка сообщений".to_owned()));
        }
        Ok(Messages::of(&answer))
    }

    /// Marks a whole chat as read by us.
    ///
    /// # Errors
    /// In words.
    pub async fn mark_read(&self, chat: &str) -> Result<(), ApiError> {
        let url = format!("{}/chats/{}/read", self.messenger(1).await?, segment(chat));
        self.ask(Group::Read, Again::Yes, |http| http.post(&url)).await.map(|_| ())
    }

    /// The address of a voice message's sound, good for an hour; `None` when there is none.
    ///
    /// # Errors
    /// In words.
    pub async fn voice_url(&self, voice: &str) -> Result<Option<String>, ApiError> {
        let url = format!("{}/getVoiceFiles?voice_ids={}", self.messenger(1).await?, segment(voice));
        let answer = self.ask(Group::Read, Again::Yes, |http| http.get(&url)).await?;
        Ok(answer["voices_urls"][voice].as_str().map(str::to_owned))
    }

    /// Has deliveries sent to `address`; that it was so already is as good.
    ///
    /// # Errors
    /// In words.
    pub async fn subscribe(&self, address: &str) -> Result<(), ApiError> {
        let url = self.url("/messenger/v3/webhook");
        let asked =
            self.ask(Group::Hooks, Again::Never, |http| http.post(&url).json(&json!({ "url": address })));
        match asked.await {
            Ok(_) | Err(ApiError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Has no deliveries sent to `address` any more.
    ///
    /// # Errors
    /// In words.
    pub async fn unsubscribe(&self, address: &str) -> Result<(), ApiError> {
        let url = self.url("/messenger/v1/webhook/unsubscribe");
        let asked =
            self.ask(Group::Hooks, Again::Never, |http| http.post(&url).json(&json!({ "url": address })));
        asked.await.map(|_| ())
    }

    /// Where deliveries are sent, each with its version («3»).
    ///
    /// # Errors
    /// In words.
    pub async fn subscriptions(&self) -> Result<Vec<(String, String)>, ApiError> {
        let url = self.url("/messenger/v1/subscriptions");
        let answer = self.ask(Group::Hooks, Again::Yes, |http| http.post(&url)).await?;
        let all = answer["subscriptions"].as_array().cloned().unwrap_or_default();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::Number(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        Ok(all.iter().map(|one| (text(&one["url"]), text(&one["version"]))).collect())
    }
}
