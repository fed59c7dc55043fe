using System.Runtime.InteropServices;
using Ledger.Cli.Hosting;

namespace Ledger.Cli.Diagnosis;

/// <summary>Whether the clock can be trusted: not before what is already on record, and kept right by somebody.</summary>
internal static partial class ClockCheck
{
    private const string Name = "clock";
    private const int Unsynchronised = 5; // TIME_ERROR of adjtimex(2).
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    public static Finding Look(Session session, string? storeFile)
    {
        DateTimeOffset now = session.Around.Time.GetUtcNow();
        string shown = session.Texts.Instant(now, TimeZoneInfo.Local.Id);
        DateTimeOffset built = WrittenAt(typeof(ClockCheck).Assembly.Location);
        DateTimeOffset written = storeFile is not null && File.Exists(storeFile) ? WrittenAt(storeFile) : built;
        if (now + Tolerance < (written > built ? written : built))
        {
            return new Finding(Name, Weight.Problem, session.Texts.Format("doctor.clock.behind", shown), session.Texts["doctor.clock.remedy"]);
        }

        return Synchronised() switch
        {
            true => new Finding(Name, Weight.Good, session.Texts.Format("doctor.clock.good", shown)),
            false => new Finding(Name, Weight.Advice, session.Texts.Format("doctor.clock.alone", shown), session.Texts["doctor.clock.remedy"]),
            null => new Finding(Name, Weight.Good, session.Texts.Format("doctor.clock.plausible", shown)),
        };
    }

    private static DateTimeOffset WrittenAt(string file) => new(File.GetLastWriteTimeUtc(file), TimeSpan.Zero);

    /// <summary>Whether the kernel counts its clock as kept right by NTP or the like; nothing where that cannot be asked.</summary>
    private static bool? Synchronised()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            // All modes zero: asks and changes nothing. Larger than any struct timex.
            int state = AskClock(new byte[512]);
            return state < 0 ? null : state != Unsynchronised;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AskClock(byte[] timex);
}
