//! "Azure Datacenter IP Ranges", the XML that Microsoft published from 2015 to 2020.

use super::{Malformed, Merge, Place};
use crate::azure::{Cloud, Region, reach::Unplaced, region::Regional};
use ipnet::{IpNet, Ipv4Net};

/// The file: the subnets of each region, in its order.
#[derive(Debug)]
pub struct DatacenterRanges {
    regions: Vec<(String, Vec<Ipv4Net>)>,
}

impl DatacenterRanges {
    /// Reads the file's octets.
    ///
    /// # Errors
    /// [`Malformed`], where it is not that file.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let text =
            std::str::from_utf8(octets).map_err(|error| Malformed::not_utf8(octets, error.valid_up_to()))?;
        let document = roxmltree::Document::parse(text).map_err(|error| Malformed::xml(&error, octets))?;
        let malformed = |node: roxmltree::Node<'_, '_>, cause: &str| {
            let at = document.text_pos_at(node.range().start);
            Malformed { line: at.row as usize, column: at.col as usize, cause: cause.to_owned() }
        };
        let root = document.root_element();
        if !root.has_tag_name("AzurePublicIpAddresses") {
            return Err(malformed(root, "the root is not <AzurePublicIpAddresses>"));
        }
        let mut regions = Vec::new();
        for region in root.children().filter(roxmltree::Node::is_element) {
            let Some(name) = region.attribute("Name").filter(|_| region.has_tag_name("Region")) else {
                return Err(malformed(region, "this is not a <Region Name=\"…\">"));
            };
            let mut subnets = Vec::new();
            for range in region.children().filter(roxmltree::Node::is_element) {
                let subnet = range.attribute("Subnet").filter(|_| range.has_tag_name("IpRange"));
                let subnet = subnet.and_then(|text| text.parse::<Ipv4Net>().ok());
                subnets.push(subnet.ok_or_else(|| {
                    malformed(range, "this is not an <IpRange Subnet=\"…\"> with an IPv4 prefix")
                })?);
            }
            regions.push((name.to_owned(), subnets));
        }
        Ok(Self { regions })
    }

    /// The number of subnets of each region, by the file's name of it.
    pub fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.regions.iter().map(|(name, subnets)| (name.as_str(), subnets.len()))
    }

    pub(super) fn add(&self, merge: &mut Merge) {
        for (name, subnets) in &self.regions {
            let region = Region::of_datacenter_ranges(name);
            let place = region.map_or(Place::Unplaced(Cloud::Public, Unplaced::UnknownRegion), Place::Region);
            let value = region.and_then(|region| region.community(Regional::All));
            for subnet in subnets {
                merge.add(IpNet::V4(*subnet), place, value);
            }
        }
    }
}
