//! Opens what was encrypted for this service provider: EncryptedAssertion and EncryptedID (XML Encryption 1.1).
//!
//! Taken: AES-GCM with 128, 192 or 256 bits; AES-CBC only where the connection allows it (it is malleable); keys wrapped
//! with RSA-OAEP. RSA PKCS #1 v1.5 is refused by name. Whatever goes wrong once a key is used, up to and including
//! plaintext that is not the element it should be, is the one answer [`Refusal::Decryption`]: more would be an oracle.
//!
//! Decrypting proves nothing about who wrote the plaintext: anybody can encrypt for a public key. The caller checks the
//! signature inside, or around.

use openssl::encrypt::Decrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};
use roxmltree::Node;

use super::encoding;
use super::gate;
use super::key::SpKey;
use super::limits;
use super::names;
use super::refusal::{Refusal, quoted};
use super::tree;
use super::writer::Writer;

/// How many wrapped keys (one per recipient) are tried.
const WRAPPED_KEYS: usize = 4;
const GCM_NONCE: usize = 12;
const GCM_TAG: usize = 16;
const CBC_BLOCK: usize = 16;

/// Decrypts what `node` (EncryptedAssertion, EncryptedID) holds, which must be the element `name` of the assertion
/// namespace, and hands it to `read`, in the namespaces that are in force at `node`.
pub(super) fn element<T>(
    node: Node<'_, '_>,
    name: &str,
    keys: &[SpKey],
    allow_cbc: bool,
    read: impl FnOnce(Node<'_, '_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let sealed = Sealed::read(node, allow_cbc)?;
    if keys.is_empty() {
        return Err(Refusal::NoDecryptionKey);
    }
    let plaintext = keys.iter().find_map(|key| sealed.open(key)).ok_or(Refusal::Decryption)?;
    let plaintext = gate::pass(&plaintext, gate::Kind::Message).map_err(|_| Refusal::Decryption)?;

    // The plaintext may use prefixes that are declared around the encrypted element (XML Encryption §4.3).
    let mut writer = Writer::default();
    let declarations: Vec<(String, &str)> = node
        .namespaces()
        .filter(|namespace| namespace.name() != Some("xml") && !namespace.uri().is_empty())
        .map(|namespace| {
            (namespace.name().map_or("xmlns".to_owned(), |prefix| format!("xmlns:{prefix}")), namespace.uri())
        })
        .collect();
    let declarations: Vec<(&str, &str)> = declarations.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    writer.open("decrypted", &declarations).raw(plaintext);
    let wrapped = writer.finish();
    let document = tree::parse(wrapped.as_bytes(), gate::Kind::Message).map_err(|_| Refusal::Decryption)?;
    let mut elements = document.root_element().children().filter(|child| !is_blank(*child));
    match (elements.next(), elements.next()) {
        (Some(only), None) if tree::is(only, names::ASSERTION, name) => {
            tree::check_ids(&document)?;
            read(only)
        }
        _ => Err(Refusal::Decryption),
    }
}

fn is_blank(node: Node<'_, '_>) -> bool {
    node.is_text() && node.text().is_none_or(|text| text.trim_ascii().is_empty())
}

/// An encrypted element of the right form with algorithms that are allowed. No key has been used yet.
struct Sealed {
    content: Content,
    ciphertext: Vec<u8>,
    keys: Vec<WrappedKey>,
}

#[derive(Clone, Copy)]
struct Content {
    cipher: fn() -> Cipher,
    gcm: bool,
}

struct WrappedKey {
    oaep: MessageDigest,
    mgf: MessageDigest,
    ciphertext: Vec<u8>,
}

impl Sealed {
    fn read(node: Node<'_, '_>, allow_cbc: bool) -> Result<Self, Refusal> {
        let data = tree::required(node, names::ENCRYPTION, "EncryptedData")?;
        let content = content(method(data)?, allow_cbc)?;
        // Where the keys stand: inside KeyInfo, or beside EncryptedData (SAML core §2.3.4).
        let inside = tree::child(data, names::SIGNATURE, "KeyInfo")?;
        let inside = inside.into_iter().flat_map(|info| tree::named(info, names::ENCRYPTION, "EncryptedKey"));
        let beside = tree::named(node, names::ENCRYPTION, "EncryptedKey");
        let keys: Vec<WrappedKey> =
            inside.chain(beside).take(WRAPPED_KEYS).map(WrappedKey::read).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(Refusal::EncryptionMalformed);
        }
        Ok(Self { content, ciphertext: cipher_value(data)?, keys })
    }

    fn open(&self, key: &SpKey) -> Option<Vec<u8>> {
        self.keys.iter().find_map(|wrapped| {
            let content_key = wrapped.unwrap(key).ok()?;
            self.content.decrypt(&content_key, &self.ciphertext)
        })
    }
}

impl Content {
    fn decrypt(self, key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let cipher = (self.cipher)();
        if key.len() != cipher.key_len() {
            return None;
        }
        if self.gcm {
            let (nonce, rest) = sealed.split_at_checked(GCM_NONCE)?;
            let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
            decrypt_aead(cipher, key, Some(nonce), &[], ciphertext, tag).ok()
        } else {
            let (iv, ciphertext) = sealed.split_at_checked(CBC_BLOCK)?;
            cbc(cipher, key, iv, ciphertext)
        }
    }
}

/// CBC with the padding of XML Encryption §5.2: the last byte says how many to drop, the others are anything.
fn cbc(cipher: Cipher, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(CBC_BLOCK) {
        return None;
    }
    let mut crypter = Crypter::new(cipher, Mode::Decrypt, key, Some(iv)).ok()?;
    crypter.pad(false);
    let mut plaintext = vec![0; ciphertext.len().checked_add(CBC_BLOCK)?];
    let written = crypter.update(ciphertext, &mut plaintext).ok()?;
    let rest = crypter.finalize(plaintext.get_mut(written..)?).ok()?;
    plaintext.truncate(written.checked_add(rest)?);
    let padding = usize::from(*plaintext.last()?);
    if padding == 0 || padding > CBC_BLOCK {
        return None;
    }
    plaintext.truncate(plaintext.len().checked_sub(padding)?);
    Some(plaintext)
}

impl WrappedKey {
    fn read(node: Node<'_, '_>) -> Result<Self, Refusal> {
        let method = method(node)?;
        let (default_digest, mgf) = match method.attribute("Algorithm").unwrap_or_default() {
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" => (MessageDigest::sha1(), MessageDigest::sha1()),
            "http://www.w3.org/2009/xmlenc11#rsa-oaep" => {
                let mgf = tree::child(method, names::ENCRYPTION_11, "MGF")?.and_then(|mgf| mgf.attribute("Algorithm"));
                (MessageDigest::sha1(), mgf.map_or(Ok(MessageDigest::sha1()), oaep_mgf)?)
            }
            other => return Err(Refusal::EncryptionAlgorithm { algorithm: quoted(other) }),
        };
        if tree::child(method, names::ENCRYPTION, "OAEPparams")?.is_some() {
            return Err(Refusal::EncryptionAlgorithm { algorithm: "OAEPparams".to_owned() });
        }
        let digest =
            tree::child(method, names::SIGNATURE, "DigestMethod")?.and_then(|digest| digest.attribute("Algorithm"));
        let oaep = digest.map_or(Ok(default_digest), oaep_digest)?;
        Ok(Self { oaep, mgf, ciphertext: cipher_value(node)? })
    }

    fn unwrap(&self, key: &SpKey) -> Result<Vec<u8>, ErrorStack> {
        let mut decrypter = Decrypter::new(key.private())?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        decrypter.set_rsa_oaep_md(self.oaep)?;
        decrypter.set_rsa_mgf1_md(self.mgf)?;
        let mut out = vec![0; decrypter.decrypt_len(&self.ciphertext)?];
        let written = decrypter.decrypt(&self.ciphertext, &mut out)?;
        out.truncate(written);
        Ok(out)
    }
}

fn method<'a, 'i>(node: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refusal> {
    tree::child(node, names::ENCRYPTION, "EncryptionMethod")?.ok_or(Refusal::EncryptionMalformed)
}

fn content(method: Node<'_, '_>, allow_cbc: bool) -> Result<Content, Refusal> {
    let algorithm = method.attribute("Algorithm").unwrap_or_default();
    let (cipher, gcm): (fn() -> Cipher, bool) = match algorithm {
        "http://www.w3.org/2009/xmlenc11#aes128-gcm" => (Cipher::aes_128_gcm, true),
        "http://www.w3.org/2009/xmlenc11#aes192-gcm" => (Cipher::aes_192_gcm, true),
        "http://www.w3.org/2009/xmlenc11#aes256-gcm" => (Cipher::aes_256_gcm, true),
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => (Cipher::aes_128_cbc, false),
        "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => (Cipher::aes_192_cbc, false),
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => (Cipher::aes_256_cbc, false),
        other => return Err(Refusal::EncryptionAlgorithm { algorithm: quoted(other) }),
    };
    if gcm || allow_cbc {
        Ok(Content { cipher, gcm })
    } else {
        Err(Refusal::EncryptionAlgorithm { algorithm: quoted(algorithm) })
    }
}

/// OAEP's inner hash. SHA-1 is sound there (it need not resist collisions), and it is what Entra sends.
fn oaep_digest(uri: &str) -> Result<MessageDigest, Refusal> {
    match uri {
        "http://www.w3.org/2000/09/xmldsig#sha1" => Ok(MessageDigest::sha1()),
        "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(MessageDigest::sha256()),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(MessageDigest::sha384()),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(MessageDigest::sha512()),
        other => Err(Refusal::EncryptionAlgorithm { algorithm: quoted(other) }),
    }
}

fn oaep_mgf(uri: &str) -> Result<MessageDigest, Refusal> {
    match uri {
        "http://www.w3.org/2009/xmlenc11#mgf1sha1" => Ok(MessageDigest::sha1()),
        "http://www.w3.org/2009/xmlenc11#mgf1sha256" => Ok(MessageDigest::sha256()),
        "http://www.w3.org/2009/xmlenc11#mgf1sha384" => Ok(MessageDigest::sha384()),
        "http://www.w3.org/2009/xmlenc11#mgf1sha512" => Ok(MessageDigest::sha512()),
        other => Err(Refusal::EncryptionAlgorithm { algorithm: quoted(other) }),
    }
}

/// The bytes in CipherData/CipherValue. A CipherReference would be a request to fetch something.
fn cipher_value(node: Node<'_, '_>) -> Result<Vec<u8>, Refusal> {
    let data = tree::child(node, names::ENCRYPTION, "CipherData")?.ok_or(Refusal::EncryptionMalformed)?;
    let value = tree::child(data, names::ENCRYPTION, "CipherValue")?.ok_or(Refusal::EncryptionMalformed)?;
    let mut children = value.children();
    match (children.next(), children.next()) {
        (Some(text), None) if text.is_text() => {
            encoding::base64(text.text().unwrap_or_default(), limits::MESSAGE_BYTES)
                .map_err(|_| Refusal::EncryptionMalformed)
        }
        _ => Err(Refusal::EncryptionMalformed),
    }
}
