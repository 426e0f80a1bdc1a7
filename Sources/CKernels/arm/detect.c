// Which of the Arm instruction sets the processor and its operating system offer.
#if defined(__aarch64__)
#include "CKernels.h"

#if defined(__APPLE__)
#include <sys/sysctl.h>

/// Whether the kernel names a processor feature and says that it is there.
static bool has_feature(const char *name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

static bool has_dotprod(void) { return has_feature("hw.optional.arm.FEAT_DotProd"); }
static bool has_i8mm(void) { return has_feature("hw.optional.arm.FEAT_I8MM"); }

#elif defined(__linux__)
#include <sys/auxv.h>

// Bits of Linux' arch/arm64/include/uapi/asm/hwcap.h; older headers lack the second.
enum { ASIMDDP = 1 << 20, I8MM_IN_2 = 1 << 13 };

static bool has_dotprod(void) { return (getauxval(AT_HWCAP) & ASIMDDP) != 0; }
static bool has_i8mm(void) { return (getauxval(AT_HWCAP2) & I8MM_IN_2) != 0; }

#else
// No question to ask: what the compiler was told to assume.
static bool has_dotprod(void) {
#if defined(__ARM_FEATURE_DOTPROD)
  return true;
#else
  return false;
#endif
}

static bool has_i8mm(void) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return true;
#else
  return false;
#endif
}
#endif

/// Every AArch64 application processor has NEON.
uint32_t ck_host_isa(void) {
  uint32_t isa = CK_ISA_NEON;
  if (has_dotprod()) isa |= CK_ISA_DOTPROD;
  if (has_dotprod() && has_i8mm()) isa |= CK_ISA_I8MM;
  return isa;
}
#endif
