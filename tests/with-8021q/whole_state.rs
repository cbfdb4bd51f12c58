//! For User-mode Linux 6.1 on a processor with AMX: the host takes the whole extended state of a process or nothing of it,
//! and that kernel knows it only up to AVX-512 ("ptrace set fp regs failed, errno = 14"). Loaded before libc, this fills up
//! what it sets with what the process has.
//!
//!   rustc --crate-type cdylib -C panic=abort whole_state.rs

use std::{
    ffi::{c_char, c_int, c_long, c_uint, c_void},
    mem::transmute,
    ptr::copy_nonoverlapping,
};

const PTRACE_GETREGSET: c_uint = 0x4204;
const PTRACE_SETREGSET: c_uint = 0x4205;
const NT_X86_XSTATE: usize = 0x202;

#[repr(C)]
struct IoVec {
    base: *mut c_void,
    length: usize,
}

/// Twice what AMX comes to.
const OCTETS: usize = 22 * 1024;
/// Not on the stack, of which User-mode Linux has two pages.
static mut WHOLE: [u8; OCTETS] = [0; OCTETS];

type Ptrace = unsafe extern "C" fn(c_uint, c_int, *mut c_void, *mut c_void) -> c_long;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// ptrace(2).
///
/// # Safety
/// As there. User-mode Linux sets registers in one thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ptrace(
    request: c_uint,
    pid: c_int,
    address: *mut c_void,
    data: *mut c_void,
) -> c_long {
    /// `RTLD_NEXT`.
    const NEXT: *mut c_void = usize::MAX as *mut c_void;
    // SAFETY: the next library that has it is libc, where it is declared as `Ptrace`, its last arguments variadic.
    let ptrace: Ptrace = unsafe { transmute(dlsym(NEXT, c"ptrace".as_ptr())) };
    if request != PTRACE_SETREGSET || address.addr() != NT_X86_XSTATE {
        // SAFETY: the caller's.
        return unsafe { ptrace(request, pid, address, data) };
    }
    // SAFETY: for these requests `data` is an iovec, `WHOLE` has one user at a time, and both are as long as they say.
    unsafe {
        let given = &*data.cast::<IoVec>();
        let base = (&raw mut WHOLE).cast::<c_void>();
        let mut whole = IoVec { base, length: OCTETS };
        let is_read = ptrace(PTRACE_GETREGSET, pid, address, (&raw mut whole).cast()) == 0;
        if !is_read || whole.length <= given.length {
            return ptrace(request, pid, address, data);
        }
        copy_nonoverlapping(given.base, base, given.length);
        ptrace(request, pid, address, (&raw mut whole).cast())
    }
}
