//! What can be typed.
//!
//! In: nothing; these are types. Out: arguments, help, completions and manual pages, all from this one definition.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    check, compile, completions, convert, diff, explain, import, lock, man, new, pack, schema, sources, test,
};

/// The detection compiler: one detection in neutral YAML, out as Splunk SPL, Kusto KQL and Sigma.
#[derive(Parser)]
#[command(
    name = "detc",
    version,
    about = "the detection compiler: one detection in neutral YAML; SPL, KQL and Sigma out",
    after_help = EXIT_CODES,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) shared: Shared,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "exit codes: 0 fine · 1 findings (errors in content, failed tests, stale output) · \
2 could not run (usage, files, configuration)";

/// Flags of every command.
#[derive(Args, Clone)]
pub(super) struct Shared {
    /// how findings are written
    #[arg(
        long,
        global = true,
        env = "DETC_MESSAGE_FORMAT",
        value_enum,
        default_value_t,
        hide_possible_values = false,
        value_name = "FORMAT"
    )]
    pub(super) message_format: MessageFormat,
    /// when to use colour; NO_COLOR turns `auto` off
    #[arg(long, global = true, env = "DETC_COLOR", value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: Color,
    /// findings and artefacts only, no talk
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// say more: which configuration, every refusal in full
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// the configuration, instead of the nearest detc.toml
    #[arg(long, global = true, env = "DETC_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// a folder of data sources of your own; they win over embedded ones of the same id
    #[arg(long, global = true, env = "DETC_DATA_SOURCES", value_name = "DIR")]
    pub(super) data_sources: Option<PathBuf>,
    /// the environment that detections are for: environments/NAME.yml, or a file
    #[arg(long, global = true, env = "DETC_ENVIRONMENT", value_name = "NAME")]
    pub(super) environment: Option<String>,
    /// a folder of lists of your own; they win over embedded ones of the same name [default: lists]
    #[arg(long, global = true, env = "DETC_LISTS", value_name = "DIR")]
    pub(super) lists: Option<PathBuf>,
}

/// The commands.
#[derive(Subcommand)]
pub(super) enum Command {
    /// report everything that is wrong with detections
    #[command(visible_alias = "validate")]
    Check(check::CheckArgs),
    /// run the tests that detections carry
    Test(test::TestArgs),
    /// write the query of each detection for each target
    #[command(visible_alias = "build")]
    Compile(compile::CompileArgs),
    /// turn Sigma rules straight into the queries of a target
    Convert(convert::ConvertArgs),
    /// write down what each detection means, so that `check` knows when a version must be raised
    Lock(lock::LockArgs),
    /// say what changed between two sets of detections, packs or revisions of git, by target
    Diff(diff::DiffArgs),
    /// make a content pack for a SIEM, or hold one against the sources
    Pack(pack::PackArgs),
    /// write what others wrote in another format as detections of your own
    Import(import::ImportArgs),
    /// explain a diagnostic code, or show a detection stage by stage
    Explain(explain::ExplainArgs),
    /// list the data sources, or show one: its fields, and where each is in every profile
    Sources(sources::SourcesArgs),
    /// print the JSON Schema of a detection or a list, for editors
    Schema(schema::SchemaArgs),
    /// write a new detection to start from
    New(new::NewArgs),
    /// print the completions for a shell
    Completions(completions::CompletionsArgs),
    /// print the manual page, or write one a command
    Man(man::ManArgs),
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum MessageFormat {
    /// for people
    #[default]
    Human,
    /// one JSON object a line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI servers
    Junit,
    /// GitHub annotations
    Github,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    /// on a terminal
    #[default]
    Auto,
    /// ever
    Always,
    /// never
    Never,
}

/// Which detections.
#[derive(Args)]
pub(super) struct Paths {
    /// files or folders; `-` is stdin [default: detections]
    #[arg(value_name = "PATHS")]
    pub(super) paths: Vec<PathBuf>,
}
