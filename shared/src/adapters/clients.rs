//! The SDK's clients, built once at start.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_s3::config::RequestChecksumCalculation;

/// Longest wait for a connection. Inside a region it takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest wait for one answer. `DynamoDB` and SQS take some 10 ms; what takes 2 s is lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest operation, all of its attempts together. Short of the shortest function time-out, so that an error is still
/// answered and logged.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for one answer of S3: some megabytes.
const FILE_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest operation of S3, all of its attempts together. Reading the body afterwards is not included.
const FILE_TIMEOUT: Duration = Duration::from_secs(15);
/// The first attempt and two more.
const ATTEMPTS_MAX: u32 = 3;
/// Base of the wait before another attempt. The SDK's own, one second, is made for slower services.
const RETRY_BASE: Duration = Duration::from_millis(50);

/// Where the SDK's clients come from: one of each service for the whole process, made when it is first asked for.
///
/// Each client has its own connections. A second client of the same service would have to open others.
///
/// Region, credentials and `AWS_ENDPOINT_URL` are read from the environment by the SDK itself.
#[derive(Debug)]
pub struct Aws {
    config: SdkConfig,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
}

impl Aws {
    /// AWS as this environment configures it.
    pub async fn load() -> Self {
        Self::from_loader(aws_config::defaults(BehaviorVersion::latest())).await
    }

    /// AWS as this loader configures it, with our time-outs and retries.
    pub async fn from_loader(loader: ConfigLoader) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries =
            RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(RETRY_BASE);
        let config = loader.timeout_config(timeouts).retry_config(retries).load().await;
        Self {
            config,
            dynamodb: OnceLock::new(),
            sqs: OnceLock::new(),
            s3: OnceLock::new(),
            secrets: OnceLock::new(),
        }
    }

    /// The client of `DynamoDB`.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.config)).clone()
    }

    /// The client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::new(&self.config)).clone()
    }

    /// The client of S3. It waits longer, because files are large. A local stack cannot have the bucket in the host name.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let make = || {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(FILE_ATTEMPT_TIMEOUT)
                .operation_timeout(FILE_TIMEOUT)
                .build();
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                .timeout_config(timeouts)
                // An upload is signed before its content is known, so that no checksum can be signed with it.
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .force_path_style(self.config.endpoint_url().is_some());
            aws_sdk_s3::Client::from_conf(config.build())
        };
        self.s3.get_or_init(make).clone()
    }

    /// The client of Secrets Manager.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        self.secrets.get_or_init(|| aws_sdk_secretsmanager::Client::new(&self.config)).clone()
    }
}
