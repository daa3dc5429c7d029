// The one list of the primitive tables of the run-time. A new table is one line here; everything else follows from its rows.
#include "gc/prims/prims.hpp"
#include "net/prims.hpp"
#include "sched/prims.hpp"
#include "stdlib/stdlib.hpp"

namespace evjit::stdlib {

void register_all_prims() {
  for (std::span<const gc::PrimDef> table : {
           gc::kArithPrims, gc::kPatternPrims, gc::kTypePrims, gc::kLiteralPrims, gc::kConstructorPrims,
           gc::kConvertPrims, gc::kAccessPrims, gc::kSequencePrims, gc::kMutationPrims, gc::kSortPrims,
           gc::kStringPrims, gc::kFormatPrims, gc::kBytesPrims, gc::kStructPrims, gc::kNumberPrims, gc::kMathPrims,
           gc::kBitPrims, gc::kRandomPrims, gc::kJsonPrims, gc::kRegexPrims, gc::kBase64Prims, gc::kBoxPrims, gc::kSyntaxPrims, gc::kIntrospectPrims, sched::kFiberPrims,
           sched::kSignalPrims, sched::kEvPrims, sched::kJoinPrims, sched::kPoolPrims, sched::kFutexPrims, sched::kSchedulerPrims,
           sched::kProcessPrims, sched::kSyncPrims, sched::kVisiblePrims, sched::kPlanPrims,
           net::kPortPrims, net::kPrintPrims, net::kTcpPrims, net::kSysPrims, net::kSignalPrims,
           net::kFilePrims, net::kPathPrims, net::kUdpPrims, net::kUnixPrims,
           net::kSubprocessPrims, net::kPollPrims, net::kWatchPrims,
       })
    gc::register_prims(table);
}

} // namespace evjit::stdlib
