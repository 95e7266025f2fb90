//! Everybody who has ever called. A client's name and address follow from the id, so a million of them take a few
//! bytes each.

use chrono::NaiveDateTime;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::clients::queries::search_words;
use crate::demo::rows::{Batch, ClientPhoneRow, ClientRow, ClientSearchRow};
use crate::demo::vocabulary::people;
use crate::demo::world::World;
use crate::domain::id::{ClientId, ClientPhoneId};

/// What is remembered of a client.
#[derive(Clone, Copy)]
pub(super) struct Remembered {
    /// The line called first.
    pub line: usize,
    /// Orders that were finished, so that further ones are returns.
    pub has_finished_order: bool,
}

pub(super) struct Clients {
    seed: u64,
    known: Vec<Remembered>,
    /// Ids of those who have a name: they have ordered.
    named: Vec<ClientId>,
}

/// A client as an operator knows one.
pub(super) struct Persona {
    pub name: String,
    pub address: String,
}

impl Clients {
    pub fn new(seed: u64) -> Self {
        Self { seed, known: Vec::new(), named: Vec::new() }
    }

    pub fn count(&self) -> i64 {
        self.known.len() as i64
    }

    pub fn named(&self) -> &[ClientId] {
        &self.named
    }

    pub fn get(&self, id: ClientId) -> Remembered {
        self.known[id.0 as usize - 1]
    }

    pub fn finish_order(&mut self, id: ClientId) {
        self.known[id.0 as usize - 1].has_finished_order = true;
    }

    /// Somebody new on `line`; those who order tell their names.
    pub fn add(
        &mut self,
        world: &World,
        batch: &mut Batch,
        line: usize,
        orders: bool,
        at: NaiveDateTime,
    ) -> ClientId {
        self.known.push(Remembered { line, has_finished_order: false });
        let id = ClientId(self.count());
        let name = if orders {
            self.named.push(id);
            self.persona(world, id).name
        } else {
            String::new()
        };
        let number = world.client_number(id);
        let words = search_words(&name, std::slice::from_ref(&number));
        batch.clients.push(ClientRow { id, name, created_at: at });
        batch.client_phones.push(ClientPhoneRow {
            id: ClientPhoneId(id.0),
            client_id: id,
            raw: number.clone(),
            number,
            created_at: at,
        });
        batch.client_search.push(ClientSearchRow { client_id: id, words });
        id
    }

    pub fn persona(&self, world: &World, id: ClientId) -> Persona {
        let own_seed = self.seed ^ (id.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(own_seed);
        let city = world.lines[self.get(id).line].city;
        Persona { name: people::client(&mut rng), address: world.cities[city].address(&mut rng) }
    }
}
