//! Examples that stand below the help of commands.

/// Shown below the help of preview.
pub const PREVIEW_EXAMPLES: &str = "\
Examples:
  psalink preview new-ticket.html --open          look at the mail in the browser
  psalink preview new-ticket.html --text          show its text-only body
  psalink preview mails -o previews               write all mails of a folder,
                                                  and a page that lists them
  psalink preview mails --sample empty --open     fill them with other values
  psalink preview a.html --set ticket.id=42 --eml write a file for mail programs";

/// Shown below the help of test.
pub const TEST_EXAMPLES: &str = "\
Examples:
  psalink test                         compare every mail in this folder with the recorded one
  psalink test --review                look at each mail that changed, and say which are right
  psalink test --accept                record all mails as they are now
  psalink test --accept new-ticket     record only those whose name contains new-ticket
  psalink test --unreferenced delete   delete recorded mails whose template is gone

A recorded mail is a text file in the folder `snapshots` beside its template; keep it in git.
A mail that differs lies beside it as .snap.new until somebody accepts it.
Where the environment variable CI is set, nothing is written.";

/// Shown below the help of lint.
pub const LINT_EXAMPLES: &str = "\
Examples:
  psalink lint                                           show what is wrong in this folder
  psalink lint mails                                     show what is wrong in that folder
  psalink lint mails --diff                              show what --fix would change
  psalink lint mails --fix                               mend what has one right answer
  psalink lint mails --fix --backup old                  mend it, and keep the old versions
  psalink lint mails --format github                     for a check on GitHub
  psalink lint mails --baseline psalink-baseline.json    report only what is new";

/// Shown below the help, and where no template is given.
pub const EXAMPLES: &str = "\
Examples:
  psalink rewrite new-ticket.html --portal acme          show the new template
  psalink rewrite mails --portal acme                    show what would change in a folder
  psalink rewrite mails --portal acme -o out             write the new templates to another folder
  psalink rewrite mails --portal acme -w --backup old    change them in place, and keep the old versions";

/// Shown below the help of translate, and where it is given no template.
pub const TRANSLATE_EXAMPLES: &str = "\
Examples:
  psalink translate new-ticket.html --to autotask        show the new template
  psalink translate mails --to autotask                  show what would change in a folder
  psalink translate mails --to autotask -o out           write the new templates to another folder
  psalink translate mails --to autotask -w --backup old  change them in place, and keep the old versions";
