//! The examples below the help of each command.

/// Shown below the help of preview.
pub const PREVIEW_EXAMPLES: &str = "\
Examples:
  psalink preview new-ticket.html --open          view the message in your browser
  psalink preview new-ticket.html --text          print its text-only body
  psalink preview mails -o previews               write all messages of a folder,
                                                  with a page that lists them
  psalink preview mails --sample empty --open     fill them in with other values
  psalink preview a.html --set ticket.id=42 --eml write a file that email programs open";

/// Shown below the help of test.
pub const TEST_EXAMPLES: &str = "\
Examples:
  psalink test                         compare every message with its recorded version
  psalink test --review                review each message that changed
  psalink test --accept                record all messages as they are now
  psalink test --accept new-ticket     record only messages with new-ticket in their name
  psalink test --unreferenced delete   delete recorded messages whose template is gone

A recorded message is a text file in the `snapshots` folder next to its template; keep it in git.
If a message changes, the new version is saved next to it as .snap.new until you accept it.
If the environment variable CI is set, nothing is written.";

/// Shown below the help of lint.
pub const LINT_EXAMPLES: &str = "\
Examples:
  psalink lint                                           check this folder
  psalink lint mails                                     check the folder `mails`
  psalink lint mails --diff                              show what --fix would change
  psalink lint mails --fix                               fix what has only one correct fix
  psalink lint mails --fix --backup old                  the same, and keep the old versions
  psalink lint mails --format github                     report to a GitHub check
  psalink lint mails --baseline psalink-baseline.json    report only new findings";

/// Shown below the help of rewrite, and if no template is given.
pub const EXAMPLES: &str = "\
Examples:
  psalink rewrite new-ticket.html --portal acme          show the new template
  psalink rewrite mails --portal acme                    show what would change in a folder
  psalink rewrite mails --portal acme -o out             write the new templates to another folder
  psalink rewrite mails --portal acme -w --backup old    change them in place, and keep the old versions";

/// Shown below the help of ready, and if no template is given.
pub const READY_EXAMPLES: &str = "\
Examples:
  psalink ready new-ticket.html --portal acme          show the finished template
  psalink ready mails --portal acme -o out             write the finished templates to a folder
  psalink ready mails --portal acme                    show what would change in a folder
  psalink ready mails --portal acme --check            list what would change, for a script
  psalink ready mails --portal acme -w --backup old    change them in place, keep the old versions";

/// Shown below the help of ready.
pub const READY_EXIT_CODES: &str = "\
Exit codes: 0 every template is ready; 1 something stops a template, which is then not written, or --check or --diff found \
changes; 2 psalink could not finish, or --in-place would lose settings or allow comments.";

/// Shown below the help of translate, and if no template is given.
pub const TRANSLATE_EXAMPLES: &str = "\
Examples:
  psalink translate new-ticket.html --to autotask        show the new template
  psalink translate mails --to autotask                  show what would change in a folder
  psalink translate mails --to autotask -o out           write the new templates to another folder
  psalink translate mails --to autotask -w --backup old  change them in place, and keep the old versions";
