//! The world that functions run in: which type stands behind each port.
//!
//! A function declares with [`deps!`](crate::deps) what it needs. That one declaration makes its `Deps`, the bound of its
//! handler, and the list of ports from which its role in `template.yaml` follows. There are two worlds: AWS
//! (`runtime::Stack`), and the tests' world, in memory.

/// The types behind the ports. What each of them can do is bounded where it is used, by [`deps!`](crate::deps).
pub trait World {
    /// The table of accounts, API keys and identities.
    type Accounts;
    /// What wakes a session for new work.
    type Announcer;
    /// The answers that are kept for requests that are sent again.
    type Answers;
    /// The places where pages of lists begin.
    type Bookmarks;
    /// The table of campaigns.
    type Campaigns;
    /// Time.
    type Clock;
    /// The contacts, as messages and conversations show them.
    type Contacts;
    /// The table of conversations.
    type Conversations;
    /// The counters that follow the messages.
    type Counters;
    /// The deletions in the table of sessions.
    type Deletions;
    /// The table of wake-ups that lie too far ahead for the timer.
    type Due;
    /// Randomness.
    type Entropy;
    /// The bucket with the files of campaigns.
    type Files;
    /// The stack's keys.
    type Keyring;
    /// The counters of the rate limits.
    type Limits;
    /// The OpenID provider.
    type OpenId;
    /// The table of messages.
    type Messages;
    /// The pacers in the table of sessions.
    type Pacers;
    /// The providers that messages are sent through.
    type Providers;
    /// The counters, to be replaced by a new count.
    type Recount;
    /// The table of sessions.
    type Sessions;
    /// The table of statistics.
    type Statistics;
    /// The queue of ingestion.
    type Steps;
    /// The three FIFO queues.
    type Tickets;
    /// The timer queue.
    type Timer;
    /// What may be used once, such as the state of a login.
    type UsedOnce;
    /// The table of watched sessions.
    type Watched;
}

/// Where the parts of a world come from: a started stack, or a caller in the world of the tests.
pub trait Source {
    /// The world whose parts it hands out.
    type World: World;
    /// The error when a part cannot be handed out.
    type Error;
}

/// Hands out a part of the world, or a setting.
pub trait Give<T>: Source {
    /// One of them; all share their connections.
    ///
    /// # Errors
    /// When what it is made of is missing.
    fn give(&self) -> Result<T, Self::Error>;
}

/// The names of the ports, parts and settings that a function needs. Its role and its environment follow from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The traits that are used, whose permissions are in [`grants`](crate::ports::grants).
    pub ports: &'static [&'static str],
    /// The types of the [`World`] behind them.
    pub parts: &'static [&'static str],
    /// The types of the settings.
    pub settings: &'static [&'static str],
}

impl Needs {
    /// Nothing.
    pub const NOTHING: Self = Self { ports: &[], parts: &[], settings: &[] };
}

/// Declares which ports and settings a function needs.
///
/// ```ignore
/// deps! {
///     Sending {
///         sessions: Sessions: ReadSessions,
///         messages: Messages: AcceptMessages,
///         clock: Clock: Clock;
///         retention: Retention,
///     }
/// }
/// ```
///
/// Each line is a field, the type of the [`World`] behind it, and the port traits that the function uses, and no others. After
/// the semicolon come settings. The macro makes:
///
/// - `trait Sending`, the worlds in which the function can run: the bound of its handler;
/// - `struct Deps<W>`, and `Deps::of`, which takes everything from a [`Source`];
/// - `NEEDS`, the same by name, from which a test derives the function's role and environment.
#[macro_export]
macro_rules! deps {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$field_doc:meta])* $field:ident: $part:ident: $port:ident $(+ $more:ident)*),* $(,)?
            $(; $($(#[$setting_doc:meta])* $setting:ident: $setting_type:ty),+ $(,)?)?
        }
    ) => {
        /// The worlds that this function runs in.
        $(#[$doc])*
        pub trait $name: $crate::world::World<$($part: $port $(+ $more)*),*> {}

        impl<W: $crate::world::World<$($part: $port $(+ $more)*),*>> $name for W {}

        /// What this function is given.
        $(#[$doc])*
        pub struct Deps<W: $crate::world::World> {
            $(
                #[doc = concat!("Of the world: `", stringify!($part), "`.")]
                $(#[$field_doc])*
                pub $field: W::$part,
            )*
            $($(
                #[doc = concat!("A setting: `", stringify!($setting_type), "`.")]
                $(#[$setting_doc])*
                pub $setting: $setting_type,
            )+)?
        }

        impl<W: $crate::world::World> Deps<W> {
            /// Makes all parts from a source.
            ///
            /// # Errors
            /// When a part cannot be handed out.
            pub fn of<S>(source: &S) -> Result<Self, S::Error>
            where
                S: $crate::world::Source<World = W> $(+ $crate::world::Give<W::$part>)* $($(+ $crate::world::Give<$setting_type>)+)?,
            {
                Ok(Self {
                    $($field: $crate::world::Give::<W::$part>::give(source)?,)*
                    $($($setting: $crate::world::Give::<$setting_type>::give(source)?,)+)?
                })
            }
        }

        /// The same, by name.
        pub const NEEDS: $crate::world::Needs = $crate::world::Needs {
            ports: &[$(stringify!($port) $(, stringify!($more))*),*],
            parts: &[$(stringify!($part)),*],
            settings: &[$($(stringify!($setting_type)),+)?],
        };
    };
}
