//! What each port may do on AWS: one port, one set of permissions.
//!
//! A function's role follows from the ports it asks for, its endpoint and its event sources; a test holds `template.yaml` and
//! the READMEs against this table. A port whose adapter makes a new kind of call changes here first.

/// Some actions on a part of something that the stack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The statement of the role that it belongs to.
    pub statement: &'static str,
    /// On which part of what the statement is about.
    pub on: Part,
    /// What may be done.
    pub actions: &'static [&'static str],
}

/// A part of a table, queue, bucket or secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The thing itself.
    Whole,
    /// An index of a table.
    Index(&'static str),
    /// The objects of a bucket.
    Objects,
    /// Those objects of a bucket that others have put there by a signed address.
    Uploads,
}

/// The attributes that may be written of an API key when its use is noted, under `dynamodb:Attributes`.
pub const KEY_USE_ATTRIBUTES: [&str; 2] = ["pk", "lastUsedAt"];

/// The grants of a port; `None` when there is no such port.
#[must_use]
pub fn grants_of(port: &str) -> Option<&'static [Grant]> {
    GRANTS.iter().find(|(name, _)| *name == port).map(|(_, grants)| *grants)
}

macro_rules! grants {
    ($($port:ident: $($statement:ident$(.$part:ident$(($index:literal))?)? [$($action:literal),+]),*;)+) => {
        /// Every port, and its grants.
        pub const GRANTS: &[(&str, &[Grant])] = &[$((stringify!($port), &[$(Grant {
            statement: stringify!($statement),
            on: grants!(@part $($part$(($index))?)?),
            actions: &[$($action),+],
        }),*])),+];
    };
    (@part) => { Part::Whole };
    (@part index($name:literal)) => { Part::Index($name) };
    (@part objects) => { Part::Objects };
    (@part uploads) => { Part::Uploads };
}

grants! {
    // Accounts.
    ReadApiKeys: Accounts ["dynamodb:GetItem"];
    NoteApiKeyUses: KeyUses ["dynamodb:UpdateItem"];
    ListApiKeys: Accounts ["dynamodb:GetItem"], Accounts.index("byAccount") ["dynamodb:Query"];
    CreateApiKeys: Accounts ["dynamodb:PutItem"];
    RevokeApiKeys: Accounts ["dynamodb:GetItem", "dynamodb:DeleteItem"], Accounts.index("byAccount") ["dynamodb:Query"];
    WriteAccounts: Accounts ["dynamodb:GetItem", "dynamodb:PutItem"];
    KeepIdentities: Accounts ["dynamodb:GetItem", "dynamodb:PutItem"];

    // What limits requests.
    CountRequests: Limits ["dynamodb:UpdateItem"];
    KeepAnswers: Limits ["dynamodb:UpdateItem"], Secret ["secretsmanager:GetSecretValue"];
    UseOnce: Limits ["dynamodb:UpdateItem"];
    KeepBookmarks: Limits ["dynamodb:GetItem", "dynamodb:PutItem"];

    // Sessions; what holds a provider's credentials encrypts or decrypts them.
    ReadSessions: Sessions ["dynamodb:Query"], Secret ["secretsmanager:GetSecretValue"];
    ListSessions: Sessions.index("byAccount") ["dynamodb:Query"];
    WalkSessions: Sessions ["dynamodb:Scan"];
    WriteSessions: Sessions ["dynamodb:PutItem", "dynamodb:Query"], Secret ["secretsmanager:GetSecretValue"];
    ChangeSessions: Sessions ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
        Secret ["secretsmanager:GetSecretValue"];
    EndHolds: Sessions ["dynamodb:UpdateItem"];
    LeaseSessions: Sessions ["dynamodb:UpdateItem"];
    ReadPacers: Sessions ["dynamodb:Query"];
    DeleteSessions: Sessions ["dynamodb:UpdateItem"];
    FinishDeletions: Sessions ["dynamodb:GetItem", "dynamodb:DeleteItem"];

    // Messages.
    AcceptMessages: Messages ["dynamodb:PutItem"];
    WithdrawMessages: Messages ["dynamodb:PutItem", "dynamodb:UpdateItem"];
    ReadMessages: Messages ["dynamodb:GetItem"];
    LocateMessages: Messages.index("byAccount") ["dynamodb:Query"];
    ListMessages: Messages ["dynamodb:BatchGetItem"], Messages.index("byAccount") ["dynamodb:Query"];
    ListSessionMessages: Messages ["dynamodb:Query"];
    CancelMessages: Messages ["dynamodb:UpdateItem"];
    ClearMessages: Messages ["dynamodb:Query", "dynamodb:UpdateItem"];
    ReadLines: Messages.index("pending") ["dynamodb:Query"];
    DispatchMessages: Messages ["dynamodb:GetItem", "dynamodb:UpdateItem"], Messages.index("pending") ["dynamodb:Query"];
    ReportMessages: Messages ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        Messages.index("byProviderKey") ["dynamodb:Query"];

    // Campaigns and their files.
    ReadCampaigns: Campaigns ["dynamodb:GetItem"];
    ListCampaigns: Campaigns ["dynamodb:Query"];
    CreateCampaigns: Campaigns ["dynamodb:GetItem", "dynamodb:PutItem"];
    NoteIngestion: Campaigns ["dynamodb:UpdateItem"];
    ControlCampaigns: Campaigns ["dynamodb:UpdateItem"];
    WriteFiles: Uploads.objects ["s3:PutObject"];
    // Without listing, S3 does not tell a missing object from a forbidden one.
    ReadFiles: Uploads ["s3:ListBucket"], Uploads.objects ["s3:GetObject"];
    DiscardUploads: UsedUploads.uploads ["s3:DeleteObject"];
    LinkFiles: Uploads.objects ["s3:GetObject"];
    SignUploads: Uploads.objects ["s3:PutObject"];
    SendSteps: Ingest ["sqs:SendMessage"];

    // Contacts, conversations and counters.
    KnowContacts: Messages ["dynamodb:BatchGetItem"], Conversations ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"];
    ReadConversations: Conversations ["dynamodb:BatchGetItem"];
    ReadStatistics: Statistics ["dynamodb:Query"];
    CountChanges: Statistics ["dynamodb:UpdateItem"], Conversations ["dynamodb:UpdateItem"],
        Campaigns ["dynamodb:UpdateItem"];
    ReplaceCounters: Messages ["dynamodb:UpdateItem"], Statistics ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        Conversations ["dynamodb:UpdateItem"], Campaigns ["dynamodb:UpdateItem"];

    // Chores: their rows stand in the table of wake-ups.
    BeginChores: Due ["dynamodb:UpdateItem"];
    RunChores: Due ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
    SweepChores: Due ["dynamodb:Query", "dynamodb:UpdateItem"];
    SendChoreSteps: Chores ["sqs:SendMessage"];

    // What wakes sessions.
    SendTickets: Tickets ["sqs:SendMessage"];
    HideTickets: Tickets ["sqs:ChangeMessageVisibility"];
    DeleteTickets: Tickets ["sqs:DeleteMessage"];
    HideItems: Timer ["sqs:ChangeMessageVisibility"];
    SendLater: Timer ["sqs:SendMessage"];
    KeepWakeUps: Due ["dynamodb:PutItem"];
    ReadWakeUps: Due ["dynamodb:Query"];
    RemoveWakeUps: Due ["dynamodb:DeleteItem"];
    Announce: Tickets ["sqs:SendMessage"], Timer ["sqs:SendMessage"], Due ["dynamodb:PutItem"];
    WatchSessions: Watched ["dynamodb:UpdateItem"];
    SweepSessions: Watched ["dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

    // The sandbox's replies go through the timer; WAHA's chats are kept with their conversations.
    Provider: Timer ["sqs:SendMessage"], Conversations ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"];

    // The stack's keys, and what asks nothing of AWS.
    Keyring: Secret ["secretsmanager:GetSecretValue"];
    OfferLogin: Secret ["secretsmanager:GetSecretValue"];
    Clock: ;
    Entropy: ;
}
