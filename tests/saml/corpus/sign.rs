//! Signs with `xmlsec1`: another implementation of canonicalisation and signatures than the one that is tested.

use std::process::Command;

use super::template::key_path;
use crate::support::process::{installed, run};

/// `xml` with a signature of the element whose ID is the first word of `options`, right after its Issuer. The other
/// words change how: `key=`, `with=` (the algorithm), `digest=`, `c14n=`, `prefixes=`, `info=`.
pub fn signed(xml: &str, options: &str) -> String {
    let mut words = options.split(' ');
    let id = words.next().unwrap();
    let chosen: Vec<(&str, &str)> = words.map(|word| word.split_once('=').unwrap()).collect();
    let option =
        |name: &str, otherwise| chosen.iter().find(|(known, _)| *known == name).map_or(otherwise, |(_, value)| *value);
    let at = xml.find(&format!("ID=\"{id}\"")).unwrap_or_else(|| panic!("`{id}` is not in {xml}"));
    let issuer = regex::Regex::new("</([a-z0-9]+:)?Issuer>").unwrap();
    let end = at + issuer.find(&xml[at..]).unwrap_or_else(|| panic!("no Issuer behind `{id}`: {xml}")).end();
    let template = template(id, option);
    let unsigned = format!("{}{template}{}", &xml[..end], &xml[end..]);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("unsigned.xml");
    std::fs::write(&file, unsigned).unwrap();
    let mut command = Command::new(installed("xmlsec1", &["/usr/bin/xmlsec1"]));
    command.arg("--sign");
    match option("key", "idp-rsa").split_once(':') {
        Some((kind, key)) => command.arg(format!("--{kind}")).arg(key_path(key, "crt")),
        None => command.arg("--privkey-pem").arg(key_path(option("key", "idp-rsa"), "key")),
    };
    for (namespace, element) in [("assertion", "Assertion"), ("protocol", "Response")] {
        command.args(["--id-attr:ID", &format!("urn:oasis:names:tc:SAML:2.0:{namespace}:{element}")]);
    }
    let out = run("xmlsec1", command.arg(&file));
    let out = out.split_once("?>").map_or(out.as_str(), |(_, rest)| rest).trim_matches('\n').to_owned();
    assert!(!out.contains("<ds:DigestValue/>"), "xmlsec1 signed another element: {out}");
    out
}

fn template<'a>(id: &str, option: impl Fn(&'static str, &'static str) -> &'a str) -> String {
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let (old, encryption) = ("http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#");
    let with = option("with", "rsa-sha256");
    let with = if with.ends_with("-sha1") { format!("{old}{with}") } else { format!("{more}{with}") };
    let digest = match option("digest", "sha256") {
        "sha1" => format!("{old}sha1"),
        "sha384" => format!("{more}sha384"),
        "md5" => format!("{more}md5"),
        other => format!("{encryption}{other}"),
    };
    let c14n = match option("c14n", "exclusive") {
        "inclusive" => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "exclusive" => "http://www.w3.org/2001/10/xml-exc-c14n#",
        other => panic!("`{other}` is no canonicalisation"),
    };
    let prefixes = match option("prefixes", "") {
        "" => String::new(),
        list => format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{}\"/>",
            list.replace(',', " ")
        ),
    };
    let info = match option("info", "") {
        "" => String::new(),
        name => format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
            super::template::certificate(name)
        ),
    };
    format!(
        "<ds:Signature xmlns:ds=\"{old}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{c14n}\"/>\
         <ds:SignatureMethod Algorithm=\"{with}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{old}enveloped-signature\"/><ds:Transform Algorithm=\"{c14n}\">{prefixes}</ds:Transform>\
         </ds:Transforms><ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue/>{info}</ds:Signature>"
    )
}

/// The first signature in `xml`, and `xml` without it.
pub fn signature_in(xml: &str) -> (String, String) {
    let from = xml.find("<ds:Signature ").unwrap_or_else(|| panic!("no signature: {xml}"));
    let to = from + xml[from..].find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (xml[from..to].to_owned(), format!("{}{}", &xml[..from], &xml[to..]))
}
