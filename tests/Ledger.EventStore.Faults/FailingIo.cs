using System.Runtime.InteropServices;

namespace Ledger.EventStore.Faults;

/// <summary>How calls fail: with which errno, how many in a row, and whether half of a write is done first.</summary>
internal readonly record struct FaultKind(int Error, int Times, bool Torn);

/// <summary>The controls of failing_io.c, which this process was started under.</summary>
internal static partial class FailingIo
{
    private const string Library = "failing_io";

    static FailingIo() => NativeLibrary.SetDllImportResolver(
        typeof(FailingIo).Assembly,
        static (name, _, _) => string.Equals(name, Library, StringComparison.Ordinal)
            ? NativeLibrary.Load(Environment.GetEnvironmentVariable("LD_PRELOAD")!)
            : 0);

    public static void Arm(long nth, FaultKind kind) => FaultArm(nth, kind.Error, kind.Times, kind.Torn ? 1 : 0);

    public static void Disarm() => FaultArm(0, 0, 0, 0);

    /// <summary>Calls failed since the process began: 0 writes, 1 syncs, 2 truncations, 3 allocations, -1 all.</summary>
    [LibraryImport(Library, EntryPoint = "fault_injected")]
    public static partial long Injected(int kind);

    [LibraryImport(Library, EntryPoint = "fault_arm")]
    private static partial void FaultArm(long nth, int error, int times, int torn);
}
