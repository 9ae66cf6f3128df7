/* Performance counters that are all missing: sysinfo asks for them, and Wine ends a program that calls what it has not.
   For tests only. */
#include <windows.h>

#define MISSING(name) __declspec(dllexport) LONG WINAPI name(void) { return (LONG)0xC0000BB8; /* PDH_CSTATUS_NO_OBJECT */ }
MISSING(PdhAddEnglishCounterW)
MISSING(PdhCloseQuery)
MISSING(PdhCollectQueryData)
MISSING(PdhEnumObjectsW)
MISSING(PdhGetFormattedCounterArrayW)
MISSING(PdhGetFormattedCounterValue)
MISSING(PdhOpenQueryW)
MISSING(PdhRemoveCounter)
