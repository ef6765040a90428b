//! A learner's browser, as far as the pages need one: cookies, forms, redirects.

use std::collections::BTreeMap;

use super::http::{Answer, Call};

/// A browser with its cookies.
pub struct Browser {
    base: String,
    cookies: BTreeMap<String, String>,
    /// All `Set-Cookie` headers seen so far.
    pub set_cookies: Vec<String>,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), cookies: BTreeMap::new(), set_cookies: Vec::new() }
    }

    /// Opens a page, following redirects.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Call::plain("GET", path));
        self.follow(answer)
    }

    /// Opens a page and stays where it leads, be it a redirect.
    #[track_caller]
    pub fn get_only(&mut self, path: &str) -> Answer {
        self.send(Call::plain("GET", path))
    }

    /// Opens the page with the form, fills it in, keeps its hidden fields, sends it, and follows where it leads.
    #[track_caller]
    pub fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.submit_only(page, action, fields);
        self.follow(answer)
    }

    /// As [`Self::submit`], but returns the first answer.
    #[track_caller]
    pub fn submit_only(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.get(page).is(200);
        let hidden = hidden_fields(&form.text(), action);
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend_from_slice(fields);
        let origin = self.base.clone();
        self.send(Call::plain("POST", action).header("origin", &origin).form(&all))
    }

    /// Sends a call with the cookies, and keeps those that come back.
    #[track_caller]
    pub fn send(&mut self, call: Call) -> Answer {
        let mut call = call.header("accept", "text/html").header("accept-language", "zh-CN");
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            call = call.header("cookie", &cookies.join("; "));
        }
        let answer = call.send(&self.base).unwrap_or_else(|fault| panic!("{} {}: {fault}", call.method, call.path));
        for (name, value) in &answer.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(value);
            }
        }
        answer
    }

    /// The value of a cookie whose name contains `part`.
    pub fn cookie(&self, part: &str) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name.contains(part)).map(|(_, value)| value.as_str())
    }

    /// All cookies held.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Takes over another browser's cookies.
    pub fn steal(&mut self, cookies: &BTreeMap<String, String>) {
        self.cookies.clone_from(cookies);
    }

    fn keep(&mut self, header: &str) {
        self.set_cookies.push(header.to_owned());
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let ended = parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) || value.is_empty();
        if ended {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    #[track_caller]
    fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            if !matches!(answer.status, 301..=303) {
                return answer;
            }
            let target = answer.header("location").expect("a redirect says where to").to_owned();
            let path = target.strip_prefix(&self.base).unwrap_or(&target).to_owned();
            assert!(path.starts_with('/'), "a redirect leaves the site: {target}");
            answer = self.send(Call::plain("GET", path));
        }
        panic!("redirects without end: {answer:?}");
    }
}

/// The hidden fields of the form that is sent to `action`.
fn hidden_fields(html: &str, action: &str) -> Vec<(String, String)> {
    let forms = html.split("<form").skip(1).map(|form| form.split("</form").next().unwrap_or(form));
    let mut fitting = forms.filter(|form| {
        let tag = form.split('>').next().unwrap_or(form);
        attribute(tag, "action").is_none_or(|own| own == action)
    });
    let form = fitting.next().unwrap_or_else(|| panic!("no form is sent to {action}"));
    let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    inputs
        .filter(|input| attribute(input, "type").is_some_and(|kind| kind == "hidden"))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    let quote = rest.chars().next()?;
    let value =
        if matches!(quote, '"' | '\'') { rest[1..].split(quote).next()? } else { rest.split([' ', '/']).next()? };
    let plain = value.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'");
    Some(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}
