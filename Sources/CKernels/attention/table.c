// The table of attention kernels.
#include "tables.h"

const struct ck_transformer *ck_transformer_at(size_t index) {
#define CK_LIST_ISA(ISA) &ck_transformer_##ISA,
  static const struct ck_transformer *const rows[] = {CK_TRANSFORMER_ISAS(CK_LIST_ISA)};
#undef CK_LIST_ISA
  return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}
