//! Which addresses belong to the public Internet. Pure.
//!
//! After the IANA special-purpose registries (RFC 6890 and its updates): what is not globally reachable is private
//! here, and so is every way of writing an IPv4 address inside an IPv6 one that leads to a private IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` is reachable by everybody, and so no way into a private network.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)    // this network, private, loopback, multicast, reserved, broadcast
            | (100, 64..=127, _)            // shared by carriers (RFC 6598)
            | (169, 254, _)                 // link-local: the metadata services of clouds
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)               // protocol assignments, documentation
            | (192, 88, 99)                 // 6to4 relays
            | (198, 18 | 19, _)             // benchmarks
            | (198, 51, 100)
            | (203, 0, 113)
    ))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = || {
        let [[g1, g2], [h1, h2]] = [g.to_be_bytes(), h.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(g1, g2, h1, h2))
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(),
        (0x2001, 0..=0x1ff | 0xdb8, ..) | (0x2002, ..) | (0x3fff, 0..=0xfff, ..) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_public_internet_are_public() {
        for address in
            ["1.1.1.1", "9.9.9.9", "100.63.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"]
        {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn addresses_of_private_networks_are_not() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fc00::1",
            "fe80::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn the_metadata_service_of_a_cloud_is_not() {
        assert!(!public("169.254.169.254"));
        assert!(!public("fd00:ec2::254"));
    }

    #[test]
    fn multicast_documentation_and_reserved_addresses_are_not() {
        for address in [
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "203.0.113.9",
            "ff02::1",
            "2001:db8::1",
            "::",
            "::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn tunnels_that_hide_an_ipv4_address_are_not() {
        for address in ["2002:7f00:1::", "2001:0:1::", "64:ff9b:1::1.1.1.1", "::127.0.0.1"] {
            assert!(!public(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = v4.octets();
            let [high, low] = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
            prop_assert_eq!(is_public(v4.to_ipv6_mapped().into()), is_public(v4.into()));
            prop_assert_eq!(is_public(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low).into()), is_public(v4.into()));
        }
    }
}
