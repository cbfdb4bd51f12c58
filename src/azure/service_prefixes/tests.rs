use super::*;

const TAGS: &str = r#"{
  "changeNumber": 376, "cloud": "Public",
  "values": [
    { "name": "AzureCloud.westeurope", "id": "AzureCloud.westeurope", "properties": {
        "region": "westeurope", "systemService": "", "addressPrefixes": ["13.69.0.0/17", "13.95.96.176/28", "2603:1020:200::/46"] } },
    { "name": "AzureCloud", "properties": { "region": "", "addressPrefixes": ["13.69.0.0/17", "4.0.0.0/8"] } },
    { "name": "AzureCloud.mars", "properties": { "region": "mars", "addressPrefixes": ["20.1.0.0/16"] } },
    { "name": "Storage.WestEurope", "properties": {
        "region": "westeurope", "addressPrefixes": ["13.95.96.176/28"] } },
    { "name": "AzureActiveDirectory", "properties": { "region": "", "addressPrefixes": ["20.190.128.0/18"] } }
  ]
}"#;

const RANGES: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<AzurePublicIpAddresses xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Region Name="europewest">
    <IpRange Subnet="13.69.0.0/17" />
    <IpRange Subnet="13.73.128.0/18" />
  </Region>
  <Region Name="useast2euap">
    <IpRange Subnet="40.70.88.0/28" />
  </Region>
</AzurePublicIpAddresses>"#;

const ENDPOINTS: &str = r#"[
  { "id": 1, "serviceArea": "Exchange", "ips": ["13.107.6.152/31"], "expressRoute": true, "category": "Optimize" },
  { "id": 2, "serviceArea": "Common", "ips": ["13.107.7.0/24"], "expressRoute": false, "category": "Default" },
  { "id": 3, "serviceArea": "Skype", "urls": ["*.skype.com"], "expressRoute": true }
]"#;

fn lines(prefixes: &[ServicePrefix]) -> Vec<String> {
    let line = |prefix: &ServicePrefix| {
        let place = match prefix.place {
            Place::Region(region) => region.to_string(),
            Place::Unplaced(_, why) => format!("{why:?}"),
        };
        let values: Vec<String> = prefix.communities.iter().map(|value| value.value().to_string()).collect();
        format!("{} {place} {}", prefix.prefix, values.join(","))
    };
    prefixes.iter().map(line).collect()
}

#[test]
fn a_prefix_carries_the_values_of_its_region_and_of_its_services() {
    let tags = ServiceTags::parse(TAGS.as_bytes()).unwrap();
    let merged = ServicePrefixes::of(Files { service_tags: Some(&tags), ..Files::default() });
    assert_eq!(
        lines(&merged.microsoft),
        [
            "13.69.0.0/17 westeurope 51002",
            "13.95.96.176/28 westeurope 51002,52002",
            "20.1.0.0/16 UnknownRegion ",
            "20.190.128.0/18 Global 5060",
            "2603:1020:200::/46 westeurope 51002",
        ]
    );
    assert_eq!(
        lines(&merged.public),
        ["13.69.0.0/17 westeurope 51002", "13.95.96.176/28 westeurope 51002", "20.1.0.0/16 UnknownRegion "]
    );
}

#[test]
fn public_peering_is_sent_the_datacenter_ranges_where_they_are_given() {
    let tags = ServiceTags::parse(TAGS.as_bytes()).unwrap();
    let ranges = DatacenterRanges::parse(RANGES.as_bytes()).unwrap();
    assert_eq!(ranges.counts().collect::<Vec<_>>(), [("europewest", 2), ("useast2euap", 1)]);
    let files = Files { service_tags: Some(&tags), datacenter_ranges: Some(&ranges), microsoft_365: None };
    assert_eq!(
        lines(&ServicePrefixes::of(files).public),
        ["13.69.0.0/17 westeurope 51002", "13.73.128.0/18 westeurope 51002", "40.70.88.0/28 UnknownRegion "]
    );
}

#[test]
fn microsoft_365_is_what_may_go_over_expressroute() {
    let endpoints = Microsoft365::parse(ENDPOINTS.as_bytes()).unwrap();
    let merged = ServicePrefixes::of(Files { microsoft_365: Some(&endpoints), ..Files::default() });
    assert_eq!(lines(&merged.microsoft_2015), ["13.107.6.152/31 Global 5010"]);
    assert_eq!(merged.microsoft, merged.microsoft_2015);
}

#[test]
fn a_malformed_file_is_refused_at_its_place() {
    let tags = ServiceTags::parse(TAGS.replace("4.0.0.0/8", "4.0.0.0/80").as_bytes()).unwrap_err();
    assert_eq!((tags.line, tags.cause.contains("IP address")), (6, true), "{tags}");
    let ranges =
        DatacenterRanges::parse(RANGES.replace("13.73.128.0/18", "13.73.128.0/33").as_bytes()).unwrap_err();
    assert_eq!((ranges.line, ranges.column), (5, 5), "{ranges}");
    let cut = DatacenterRanges::parse(RANGES.split_once("useast2euap").unwrap().0.as_bytes()).unwrap_err();
    assert_eq!(cut.line, 7, "{cut}");
    let endpoints = Microsoft365::parse(ENDPOINTS.replace("Common", "Xbox").as_bytes()).unwrap_err();
    assert_eq!((endpoints.line, endpoints.cause.contains("Xbox")), (3, true), "{endpoints}");
}

#[test]
fn octets_that_are_no_text_have_a_place_too() {
    let error = DatacenterRanges::parse(b"<a>\n  \xFF").unwrap_err();
    assert_eq!((error.line, error.column), (2, 3));
}
