//! What a person's browser does in a sign-in: keeps cookies, follows redirects, shows forms and submits them.
//!
//! Cookies are kept by name alone, for everything here is on 127.0.0.1 and browsers do not tell ports apart.

use std::collections::BTreeMap;

use regex::Regex;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::{Answer, Http};

const MOST_REDIRECTS: usize = 12;

/// A browser window with its cookies.
#[derive(Debug, Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

/// A page as it is shown after all redirects.
#[derive(Debug)]
pub struct Page {
    pub url: String,
    pub status: u16,
    pub body: String,
}

#[derive(Debug)]
struct Form {
    action: String,
    post: bool,
    fields: Vec<(String, String)>,
}

impl Browser {
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens `url` and follows redirects.
    pub fn open(&mut self, url: &str) -> Page {
        self.visit(url.to_owned(), None)
    }

    /// Submits the only form of `page` that has all of `filled`'s fields, with these filled in and all else as shown.
    pub fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let mut form = page
            .forms()
            .into_iter()
            .find(|form| filled.iter().all(|(name, _)| form.fields.iter().any(|(known, _)| known == name)))
            .unwrap_or_else(|| panic!("no form with {filled:?} at {}: {}", page.url, page.body));
        for (name, value) in &mut form.fields {
            if let Some((_, text)) = filled.iter().find(|(filled, _)| filled == name) {
                *value = (*text).to_owned();
            }
        }
        let mut target = Url::parse(&page.url).unwrap().join(&form.action).unwrap();
        if form.post {
            return self.visit(target.into(), Some(form.fields));
        }
        target.query_pairs_mut().clear().extend_pairs(&form.fields);
        self.visit(target.into(), None)
    }

    /// Signs in at SimpleSAMLphp, starting from `login_url` of the gateway, and shows where that ends.
    pub fn sign_in(&mut self, login_url: &str, user: &str, password: &str) -> Page {
        let page = self.answer_for(login_url, user, password);
        if page.has("SAMLResponse") {
            return self.submit(&page, &[("SAMLResponse", &page.field("SAMLResponse"))]);
        }
        page
    }

    /// The same, but stops at the page whose form would post the identity provider's answer.
    pub fn answer_for(&mut self, login_url: &str, user: &str, password: &str) -> Page {
        let mut page = self.open(login_url);
        for _step in 0..4 {
            page = if page.has("SAMLResponse") {
                return page;
            } else if page.has("password") {
                self.submit(&page, &[("username", user), ("password", password)])
            } else if page.has("SAMLRequest") {
                self.submit(&page, &[("SAMLRequest", &page.field("SAMLRequest"))])
            } else {
                return page;
            };
        }
        page
    }

    /// Posts a form with no fields, as a button does, and shows what comes.
    pub fn press(&mut self, url: &str) -> Page {
        self.visit(url.to_owned(), Some(Vec::new()))
    }

    /// Asks for `url` and says where it leads, without going there.
    pub fn redirected(&mut self, url: &str) -> String {
        let client = Http::new("");
        let cookies = self.cookie_header();
        let answer = if cookies.is_empty() { client.get(url) } else { client.with("Cookie", &cookies).get(url) };
        self.keep(&answer);
        answer.header("location").to_owned()
    }

    /// Keeps the cookies that an answer sets.
    pub fn keep(&mut self, answer: &Answer) {
        for set in answer.headers.get_all("set-cookie") {
            self.take_cookie(set.to_str().unwrap());
        }
    }

    /// The `Cookie` header this browser sends.
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// A cookie's value, if it is there.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    fn visit(&mut self, mut url: String, mut form: Option<Vec<(String, String)>>) -> Page {
        for _redirect in 0..MOST_REDIRECTS {
            let mut client = Http::new("");
            if !self.cookies.is_empty() {
                client = client.with("Cookie", &self.cookie_header());
            }
            let answer = match form.take() {
                Some(fields) => client.form(&url, &fields),
                None => client.get(&url),
            };
            self.keep(&answer);
            if !(300..400).contains(&answer.status) {
                return Page { url, status: answer.status, body: answer.body };
            }
            url = Url::parse(&url).unwrap().join(answer.header("location")).unwrap().into();
        }
        panic!("more than {MOST_REDIRECTS} redirects, the last to {url}");
    }

    fn take_cookie(&mut self, set: &str) {
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let attributes = attributes.to_ascii_lowercase();
        if value.is_empty() || attributes.contains("max-age=0") || attributes.contains("1970") {
            self.cookies.remove(name.trim());
        } else {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self { request: page.url, status: page.status, headers: HeaderMap::new(), body: page.body }
    }
}

impl Page {
    /// The value of the first field called `name`.
    pub fn field(&self, name: &str) -> String {
        let fields = self.forms().into_iter().flat_map(|form| form.fields);
        fields.into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Whether a form here has a field called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.forms().into_iter().flat_map(|form| form.fields).any(|(known, _)| known == name)
    }

    /// Where the page leads to by itself, if anywhere.
    pub fn refresh(&self) -> Option<String> {
        let tag = Regex::new(r#"(?is)<meta\s+http-equiv="refresh"[^>]*>"#).unwrap();
        let content = attribute(tag.find(&self.body)?.as_str(), "content")?;
        content.split_once("url=").map(|(_, url)| url.to_owned())
    }

    fn forms(&self) -> Vec<Form> {
        let form = Regex::new(r"(?is)<form\b([^>]*)>(.*?)</form>").unwrap();
        let field = Regex::new(r"(?is)<(?:input|button)\b([^>]*)>").unwrap();
        form.captures_iter(&self.body)
            .map(|found| Form {
                action: attribute(&found[1], "action").unwrap_or_default(),
                post: attribute(&found[1], "method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                fields: field
                    .captures_iter(&found[2])
                    .filter_map(|input| {
                        Some((attribute(&input[1], "name")?, attribute(&input[1], "value").unwrap_or_default()))
                    })
                    .collect(),
            })
            .collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let pattern = format!(r#"(?is)(?:^|\s){name}\s*=\s*(?:"([^"]*)"|'([^']*)')"#);
    let found = Regex::new(&pattern).unwrap().captures(tag)?;
    Some(unescape(found.get(1).or_else(|| found.get(2))?.as_str()))
}

fn unescape(text: &str) -> String {
    let entity = Regex::new(r"&(#x?[0-9a-fA-F]+|[a-z]+);").unwrap();
    let shown = entity.replace_all(text, |found: &regex::Captures<'_>| {
        let code = match &found[1] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            name => name.strip_prefix('#').and_then(|number| {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                };
                code.and_then(char::from_u32)
            }),
        };
        code.map_or_else(|| found[0].to_owned(), String::from)
    });
    shown.into_owned()
}
