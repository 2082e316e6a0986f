//! Finds hosts that are one typing error away from a host in the settings: `contsoo.deskdirector.com` if the portal is
//! `contoso`.

use crate::lint::rules::unfilled_host::is_unfilled;
use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::{Client, Field, LinkForm, with_com, with_dots};

/// The shortest name in which a typing error can be distinguished from a different name.
const SHORTEST: usize = 5;

/// A host with a typing error.
#[derive(Debug)]
pub(super) struct HostSlip<'a> {
    /// The host.
    pub host: &'a Field,
    /// The one that was probably meant.
    pub right: String,
    /// Whether there can be no host of the first name.
    pub is_impossible: bool,
    /// Whether the right one is in the settings, or they name none.
    pub is_known: bool,
}

/// The host of a link, if it has a typing error.
pub(super) fn of<'c>(cx: &'c Context<'_>, portal_link: &'c PortalLink<'_>) -> Option<HostSlip<'c>> {
    let is_page = matches!(portal_link.link.form, LinkForm::Current | LinkForm::OtherPage);
    let host = portal_link
        .link
        .host
        .as_ref()
        .filter(|_| is_page && portal_link.link.client == Client::Web && portal_link.link.slip.is_none())?;
    let name = host.text.to_lowercase();
    let without_port = |known: &'c String| known.split(':').next().unwrap_or_default();
    if cx.hosts().iter().any(|known| *known == name || without_port(known) == name)
        || is_unfilled(cx, portal_link, host)
    {
        return None;
    }
    if let Some(right) = with_dots(&name).filter(|right| cx.is_portal_host(right)) {
        let is_known = is_known(cx, &right);
        return Some(HostSlip { host, right, is_impossible: true, is_known });
    }
    let right = cx.hosts().iter().map(without_port).find(|known| is_slip(&name, known)).map(str::to_owned);
    let right = right.or_else(|| with_com(&name).filter(|right| cx.is_portal_host(right)));
    // `acme.deskdirector`
    let right = right.or_else(|| Some(format!("{name}.com")).filter(|right| cx.is_portal_host(right)));
    let right = right.or_else(|| of_suffix(&name, &portal_link.target.host_suffix))?;
    let is_known = is_known(cx, &right);
    Some(HostSlip { host, right, is_impossible: false, is_known })
}

/// Whether a host may be written without a finding about it.
fn is_known(cx: &Context<'_>, host: &str) -> bool {
    cx.hosts().is_empty() || cx.hosts().iter().any(|known| known.split(':').next() == Some(host))
}

/// The host of a portal whose name is not in the settings, if only what follows the name has a typing error.
fn of_suffix(name: &str, suffix: &str) -> Option<String> {
    let (portal, rest) = name.split_once('.')?;
    is_slip(rest, suffix).then(|| format!("{portal}.{suffix}"))
}

/// Whether a host differs from the right one by one typing error in one of its labels, or in a dot between two of them.
/// A different digit, or something added or missing at the end of a label, makes it a different name.
fn is_slip(written: &str, right: &str) -> bool {
    if !written.is_ascii() || !right.is_ascii() || written.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let without_dots = |host: &str| host.replace('.', "");
    if written.len() != right.len() && without_dots(written) == without_dots(right) {
        return true;
    }
    let (mut left, mut known) = (written.split('.'), right.split('.'));
    let mut differing = None;
    loop {
        match (left.next(), known.next()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) if differing.is_none() => differing = Some((a, b)),
            _ => return false,
        }
    }
    let Some((written, right)) = differing else { return false };
    let digits = |name: &str| name.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let letters = right.bytes().filter(u8::is_ascii_alphabetic).count();
    letters >= SHORTEST
        && digits(written) == digits(right)
        && !written.starts_with(right)
        && !right.starts_with(written)
        && strsim::osa_distance(written, right) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_typing_errors_from_other_names() {
        for slip in [
            "contsoo.deskdirector.com",
            "contos.deskdirctor.com",
            "cotoso.deskdirector.com",
            "conttoso.deskdirector.com",
            "contoao.deskdirector.com",
            "ccontoso.deskdirector.com",
            "contoso.deskdirctor.com",
            "contoso.deskdirectro.com",
            "contosodeskdirector.com",
            "contoso.desk.director.com",
        ] {
            let is_one = slip != "contos.deskdirctor.com";
            assert_eq!(is_slip(slip, "contoso.deskdirector.com"), is_one, "{slip}");
        }
        for (other, right) in [
            ("acmee.deskdirector.com", "acme.deskdirector.com"),
            ("acne.deskdirector.com", "acme.deskdirector.com"),
            ("contosos.deskdirector.com", "contoso.deskdirector.com"),
            ("contos.deskdirector.com", "contoso.deskdirector.com"),
            ("contoso2.deskdirector.com", "contoso1.deskdirector.com"),
            ("contoso-test.deskdirector.com", "contoso.deskdirector.com"),
            ("c0ntoso.deskdirector.com", "contoso.deskdirector.com"),
            ("globex.deskdirector.com", "contoso.deskdirector.com"),
            ("contoso.deskdirector.co", "contoso.deskdirector.com"),
            ("contoso.deskdirector.com", "contoso.deskdirector.com"),
            ("help.contoso.com", "contoso.deskdirector.com"),
        ] {
            assert!(!is_slip(other, right), "{other}");
        }
    }
}
