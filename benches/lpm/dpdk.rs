//! DPDK's table as a plugin: `dpdk.c`, compiled here where `libdpdk-dev` is installed.

use super::{
    contender::Contender,
    family::{Family, next_hop},
};
use std::{
    ffi::{CStr, CString, c_int, c_void},
    marker::PhantomData,
    path::Path,
    process::Command,
};

type New = unsafe extern "C" fn(c_int, u32) -> *mut c_void;
type Set = unsafe extern "C" fn(c_int, *mut c_void, *const u8, u8, u32) -> c_int;
type LookUp = unsafe extern "C" fn(c_int, *mut c_void, *const u8, *mut u64, u32);

/// The three functions of `dpdk.c`.
pub(crate) struct Library {
    new: New,
    set: Set,
    look_up: LookUp,
}

impl Library {
    /// Compiles and loads it, or says what is missing.
    pub(crate) fn open() -> Result<Self, String> {
        let flags = Command::new("pkg-config").args(["--cflags", "--libs", "libdpdk"]).output();
        let flags = flags.map_err(|error| format!("pkg-config: {error}"))?;
        if !flags.status.success() {
            return Err("libdpdk-dev is not installed".to_owned());
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lpm/dpdk.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lpm-dpdk.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-O3", "-march=native", "-shared", "-fPIC", "-o"]).arg(&library).arg(source);
        compiler.args(String::from_utf8_lossy(&flags.stdout).split_whitespace());
        let run = compiler.output().map_err(|error| format!("cc: {error}"))?;
        if !run.status.success() {
            return Err(String::from_utf8_lossy(&run.stderr).into_owned());
        }
        Self::load(&library)
    }

    fn load(library: &Path) -> Result<Self, String> {
        let name = CString::new(library.as_os_str().as_encoded_bytes()).map_err(|error| error.to_string())?;
        // SAFETY: the name ends with a zero; what the library does when it is loaded is DPDK's.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW) };
        if handle.is_null() {
            return Err("its library could not be loaded".to_owned());
        }
        let symbol = |name: &CStr| {
            // SAFETY: the handle is open and stays so.
            let symbol = unsafe { libc::dlsym(handle, name.as_ptr()) };
            if symbol.is_null() { Err(format!("{name:?} is missing")) } else { Ok(symbol) }
        };
        let (new, set, look_up) = (symbol(c"lpm_new")?, symbol(c"lpm_set")?, symbol(c"lpm_lookup")?);
        // SAFETY: `dpdk.c` declares the three functions with these types.
        let (new, set, look_up) = unsafe {
            (
                std::mem::transmute::<*mut c_void, New>(new),
                std::mem::transmute::<*mut c_void, Set>(set),
                std::mem::transmute::<*mut c_void, LookUp>(look_up),
            )
        };
        Ok(Self { new, set, look_up })
    }

    /// A table with these prefixes; at most one for each family.
    pub(crate) fn filled<F: Family>(&self, prefixes: &[F::Route]) -> Result<Box<dyn Contender<F>>, String> {
        let number = if F::NAME == "IPv4" { 4 } else { 6 };
        let count = u32::try_from(prefixes.len()).map_err(|error| error.to_string())?;
        // SAFETY: the function takes any numbers.
        let table = unsafe { (self.new)(number, count) };
        if table.is_null() {
            return Err(format!("it made no {} table; it needs 4 GiB of memory", F::NAME));
        }
        let mut refused = 0;
        for prefix in prefixes {
            let (address, length) = F::parts(*prefix);
            let octets = address.network_order();
            // SAFETY: the table is one of its own, and the octets are as many as the family has.
            let error =
                unsafe { (self.set)(number, table, octets.as_ptr(), length, next_hop::<F>(*prefix).get()) };
            refused += usize::from(error != 0);
        }
        if refused > 0 {
            println!("DPDK has refused {refused} prefixes");
        }
        Ok(Box::new(Dpdk::<F> {
            table,
            number,
            look_up: self.look_up,
            addresses: Vec::new(),
            next_hops: Vec::new(),
            family: PhantomData,
        }))
    }
}

struct Dpdk<F> {
    table: *mut c_void,
    number: c_int,
    look_up: LookUp,
    /// IPv4 as numbers, IPv6 in network order.
    addresses: Vec<u8>,
    next_hops: Vec<u64>,
    family: PhantomData<F>,
}

impl<F: Family> Contender<F> for Dpdk<F> {
    fn name(&self) -> &'static str {
        "DPDK rte_fib, bulk"
    }

    fn octets(&self) -> Option<usize> {
        None
    }

    fn prepare(&mut self, addresses: &[F]) {
        let octets = addresses.iter().flat_map(|address| {
            let mut octets = address.network_order();
            if self.number == 4 && cfg!(target_endian = "little") {
                octets.reverse();
            }
            octets
        });
        self.addresses = octets.collect();
        self.next_hops = vec![0; addresses.len()];
    }

    #[expect(clippy::cast_possible_truncation, reason = "2^20 addresses")]
    fn look_up(&mut self, addresses: &[F]) {
        // SAFETY: both arrays are as long as `addresses`; `prepare` made them.
        unsafe {
            (self.look_up)(
                self.number,
                self.table,
                self.addresses.as_ptr(),
                self.next_hops.as_mut_ptr(),
                addresses.len().min(self.next_hops.len()) as u32,
            );
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "next hops are below 256")]
    fn answers(&self) -> Vec<u32> {
        self.next_hops.iter().map(|next_hop| *next_hop as u32).collect()
    }
}
