//! Encrypts, in every way that is allowed and in some that are not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Padding;
use openssl::symm::{Cipher, encrypt, encrypt_aead};
use openssl::x509::X509;

use super::template::certificate;

/// `plaintext` as the element that the first word of `options` names. The second word is the cipher; the others:
/// `oaep` (the digest of RSA-OAEP, `mgf1p` the older form), `rsa15`, `beside` (the key stands beside the data),
/// `for=` (a fixture's certificate), `tag` and `short` (a ciphertext that is wrong).
pub fn seal(plaintext: &str, options: &str, ours: &str) -> String {
    let words: Vec<&str> = options.split(' ').collect();
    let (element, cipher) = (words[0], words[1]);
    let has = |word: &str| words.contains(&word);
    let bits: usize = cipher[3..6].parse().unwrap();
    let content_key = vec![7_u8; bits / 8];
    let mut ciphertext = encrypted(cipher, &content_key, plaintext.as_bytes());
    if has("tag") {
        *ciphertext.last_mut().unwrap() ^= 1;
    }
    if has("short") {
        ciphertext.truncate(20);
    }
    let recipient =
        words.iter().find_map(|word| word.strip_prefix("for=")).map_or_else(|| ours.to_owned(), certificate);
    let der = STANDARD.decode(recipient).unwrap();
    let recipient = X509::from_der(&der).unwrap().public_key().unwrap();
    let oaep = words.iter().find_map(|word| word.strip_prefix("oaep=")).unwrap_or("mgf1p");
    let (method, wrapped) = if has("rsa15") {
        (rsa_1_5(), wrapped(&recipient, &content_key, None))
    } else {
        (transport(oaep), wrapped(&recipient, &content_key, Some(oaep)))
    };
    let key = format!(
        "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">{method}<xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
        STANDARD.encode(wrapped)
    );
    let (inside, beside) = if has("beside") {
        (String::new(), key)
    } else {
        (format!("<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{key}</ds:KeyInfo>"), String::new())
    };
    let version = if cipher.ends_with("gcm") { "2009/xmlenc11" } else { "2001/04/xmlenc" };
    format!(
        "<saml:{element} xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData \
         xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
         <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/{version}#{cipher}\"/>{inside}<xenc:CipherData>\
         <xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}</saml:{element}>",
        STANDARD.encode(ciphertext)
    )
}

fn encrypted(cipher: &str, key: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let gcm = |cipher| {
        let mut tag = [0; 16];
        let body = encrypt_aead(cipher, key, Some(&[1; 12]), &[], plaintext, &mut tag).unwrap();
        [&[1; 12][..], &body, &tag].concat()
    };
    let cbc = |cipher| [&[2; 16][..], &encrypt(cipher, key, Some(&[2; 16]), plaintext).unwrap()].concat();
    match cipher {
        "aes128-gcm" => gcm(Cipher::aes_128_gcm()),
        "aes192-gcm" => gcm(Cipher::aes_192_gcm()),
        "aes256-gcm" => gcm(Cipher::aes_256_gcm()),
        "aes128-cbc" => cbc(Cipher::aes_128_cbc()),
        "aes192-cbc" => cbc(Cipher::aes_192_cbc()),
        "aes256-cbc" => cbc(Cipher::aes_256_cbc()),
        other => panic!("`{other}` is no cipher"),
    }
}

fn rsa_1_5() -> String {
    "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-1_5\"/>".to_owned()
}

fn transport(oaep: &str) -> String {
    let digest =
        |uri: &str| format!("<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"{uri}\"/>");
    let old = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    match oaep {
        "mgf1p" => format!("<xenc:EncryptionMethod Algorithm=\"{old}\"/>"),
        "mgf1p-sha1" => {
            let digest = digest("http://www.w3.org/2000/09/xmldsig#sha1");
            format!("<xenc:EncryptionMethod Algorithm=\"{old}\">{digest}</xenc:EncryptionMethod>")
        }
        "mgf1p-sha256" => {
            let digest = digest("http://www.w3.org/2001/04/xmlenc#sha256");
            format!("<xenc:EncryptionMethod Algorithm=\"{old}\">{digest}</xenc:EncryptionMethod>")
        }
        "sha256" => format!(
            "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\">{}<xenc11:MGF \
             xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/></xenc:EncryptionMethod>",
            digest("http://www.w3.org/2001/04/xmlenc#sha256")
        ),
        other => panic!("`{other}` is no form of OAEP"),
    }
}

fn wrapped(recipient: &PKey<Public>, key: &[u8], oaep: Option<&str>) -> Vec<u8> {
    let mut encrypter = Encrypter::new(recipient).unwrap();
    encrypter.set_rsa_padding(if oaep.is_some() { Padding::PKCS1_OAEP } else { Padding::PKCS1 }).unwrap();
    let sha256 = MessageDigest::sha256();
    if oaep.is_some_and(|oaep| oaep.ends_with("sha256")) {
        encrypter.set_rsa_oaep_md(sha256).unwrap();
        encrypter.set_rsa_mgf1_md(if oaep == Some("sha256") { sha256 } else { MessageDigest::sha1() }).unwrap();
    }
    let mut out = vec![0; encrypter.encrypt_len(key).unwrap()];
    let written = encrypter.encrypt(key, &mut out).unwrap();
    out.truncate(written);
    out
}
