//! The world of AWS: which adapter stands behind each port, and what it is made of.

use domain::message::Retention;
use domain::request::{BulkRules, SessionRules};
use domain::sending::pacing::Pacing;
use domain::values::reach::Reach;
use lambda_runtime::Error;

use super::Stack;
use crate::adapters::{
    DynamoAccounts, DynamoAnswers, DynamoCampaigns, DynamoChores, DynamoContacts, DynamoConversations,
    DynamoCounters, DynamoDeletions, DynamoDue, DynamoLimits, DynamoMessages, DynamoPacers, DynamoRecount,
    DynamoSessions, DynamoStatistics, DynamoWatched, QueueUrls, S3Files, SqsChoreSteps, SqsSteps, SqsTickets,
    SqsTimer, StackKeyring, SystemClock, SystemEntropy, Vault,
};
use crate::announce::Announcer;
use crate::http::{Plans, SessionViews};
use crate::login::Callback;
#[cfg(feature = "login")]
use crate::login::{OpenIdClient, OpenIdSettings};
use crate::providers::Providers;
use crate::world::{Give, Source, World};

impl World for Stack {
    type Accounts = DynamoAccounts;
    type Announcer = Announcer<SqsTickets, SqsTimer, DynamoDue>;
    type Answers = DynamoAnswers;
    type Bookmarks = DynamoLimits;
    type Campaigns = DynamoCampaigns;
    type Chores = DynamoChores;
    type ChoreSteps = SqsChoreSteps;
    type Clock = SystemClock;
    type Contacts = DynamoContacts;
    type Conversations = DynamoConversations;
    type Counters = DynamoCounters;
    type Deletions = DynamoDeletions;
    type Due = DynamoDue;
    type Entropy = SystemEntropy;
    type Files = S3Files;
    type Keyring = StackKeyring;
    type Limits = DynamoLimits;
    type Messages = DynamoMessages;
    #[cfg(feature = "login")]
    type OpenId = Option<OpenIdClient>;
    #[cfg(not(feature = "login"))]
    type OpenId = ();
    type Pacers = DynamoPacers;
    type Providers = Providers<SqsTimer, DynamoContacts, SystemClock>;
    type Recount = DynamoRecount;
    type Sessions = DynamoSessions;
    type Statistics = DynamoStatistics;
    type Steps = SqsSteps;
    type Tickets = SqsTickets;
    type Timer = SqsTimer;
    type UsedOnce = DynamoLimits;
    type Watched = DynamoWatched;
}

impl Source for Stack {
    type World = Self;
    type Error = Error;
}

impl Stack {
    /// A part that another one is made of. Its type is named, so that a reader, and the check of the functions' environment,
    /// see what the other one needs.
    fn part<T>(&self) -> Result<T, Error>
    where
        Self: Give<T>,
    {
        self.give()
    }
}

/// How the stack makes each part: its type, and an expression over the stack.
macro_rules! give {
    ($($(#[$attribute:meta])* $part:ty: |$stack:ident| $make:expr;)+) => {
        $($(#[$attribute])* impl Give<$part> for Stack {
            fn give(&self) -> Result<$part, Error> {
                let $stack = self;
                Ok($make)
            }
        })+
    };
}

give! {
    DynamoAccounts: |s| DynamoAccounts::new(s.aws.dynamodb(), s.env.text("ACCOUNTS_TABLE"));
    Announcer<SqsTickets, SqsTimer, DynamoDue>: |s| Announcer { tickets: s.part::<SqsTickets>()?, timer: s.part::<SqsTimer>()?, due: s.part::<DynamoDue>()? };
    DynamoAnswers: |s| DynamoAnswers::new(s.aws.dynamodb(), s.env.text("LIMITS_TABLE"), s.part::<Vault>()?);
    DynamoCampaigns: |s| DynamoCampaigns::new(s.aws.dynamodb(), s.env.text("CAMPAIGNS_TABLE"));
    DynamoChores: |s| DynamoChores::new(s.aws.dynamodb(), s.env.text("DUE_TABLE"));
    DynamoContacts: |s| DynamoContacts::new(
        s.aws.dynamodb(),
        s.env.text("MESSAGES_TABLE"),
        s.env.text("CONVERSATIONS_TABLE"),
    );
    DynamoConversations: |s| DynamoConversations::new(s.aws.dynamodb(), s.env.text("CONVERSATIONS_TABLE"));
    DynamoCounters: |s| DynamoCounters::new(
        s.aws.dynamodb(),
        s.env.text("STATISTICS_TABLE"),
        s.env.text("CONVERSATIONS_TABLE"),
        s.env.text("CAMPAIGNS_TABLE"),
    );
    DynamoDeletions: |s| DynamoDeletions::new(s.aws.dynamodb(), s.env.text("SESSIONS_TABLE"));
    DynamoDue: |s| DynamoDue::new(s.aws.dynamodb(), s.env.text("DUE_TABLE"));
    DynamoLimits: |s| DynamoLimits::new(s.aws.dynamodb(), s.env.text("LIMITS_TABLE"));
    DynamoMessages: |s| DynamoMessages::new(s.aws.dynamodb(), s.env.text("MESSAGES_TABLE"));
    DynamoPacers: |s| DynamoPacers::new(s.aws.dynamodb(), s.env.text("SESSIONS_TABLE"));
    DynamoRecount: |s| DynamoRecount::new(s.part::<DynamoCounters>()?, s.env.text("MESSAGES_TABLE"));
    DynamoSessions: |s| DynamoSessions::new(s.aws.dynamodb(), s.env.text("SESSIONS_TABLE"), s.part::<Vault>()?);
    DynamoStatistics: |s| DynamoStatistics::new(s.aws.dynamodb(), s.env.text("STATISTICS_TABLE"));
    DynamoWatched: |s| DynamoWatched::new(s.aws.dynamodb(), s.env.text("WATCHED_TABLE"));
    Providers<SqsTimer, DynamoContacts, SystemClock>: |s| Providers::new(s.part::<SqsTimer>()?, s.part::<DynamoContacts>()?, SystemClock, s.part::<Reach>()?)?;
    S3Files: |s| S3Files::new(s.aws.s3(), s.env.text("UPLOADS_BUCKET"));
    SqsChoreSteps: |s| SqsChoreSteps::new(s.aws.sqs(), s.env.text("CHORES_QUEUE_URL"));
    SqsSteps: |s| SqsSteps::new(s.aws.sqs(), s.env.text("INGEST_QUEUE_URL"));
    SqsTickets: |s| SqsTickets::new(s.aws.sqs(), QueueUrls {
        high: s.env.text("HIGH_QUEUE_URL"),
        normal: s.env.text("NORMAL_QUEUE_URL"),
        bulk: s.env.text("BULK_QUEUE_URL"),
    });
    SqsTimer: |s| SqsTimer::new(s.aws.sqs(), s.env.text("TIMER_QUEUE_URL"));
    StackKeyring: |s| StackKeyring::new(s.secret()?)?;
    SystemClock: |_s| SystemClock;
    SystemEntropy: |_s| SystemEntropy;
    Vault: |s| Vault::new(s.secret()?)?;
    #[cfg(feature = "login")]
    Option<OpenIdClient>: |s| match s.env.optional("OIDC_CLIENT_ID") {
        Some(client_id) => {
            let client_secret = s.secret()?.login_client().cloned();
            let issuer = s.env.text("OIDC_ISSUER");
            Some(OpenIdClient::new(OpenIdSettings { issuer, client_id, client_secret })?)
        }
        None => None,
    };

    // Settings.
    BulkRules: |s| s.env.bulk_rules();
    Callback: |s| Callback::new(s.env.api_address());
    Pacing: |s| s.env.default_pacing();
    Plans: |s| s.env.plans();
    Reach: |s| Reach::of(s.env.value("ALLOW_PRIVATE_PROVIDERS"));
    Retention: |s| Retention::days(s.env.value("MESSAGE_TTL_DAYS"));
    SessionRules: |s| s.env.session_rules();
    SessionViews: |s| s.env.session_views();
}
