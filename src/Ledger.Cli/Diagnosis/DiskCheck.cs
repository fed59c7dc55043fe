using Ledger.Cli.Hosting;

namespace Ledger.Cli.Diagnosis;

/// <summary>Whether the data directory can be written and has room.</summary>
internal static class DiskCheck
{
    private const string Name = "disk";
    private const long Mebibyte = 1024 * 1024;

    // About a million decisions; below a tenth of it a busy hour fills the disk.
    private const long Comfortable = 2048 * Mebibyte;
    private const long Tight = 200 * Mebibyte;

    public static Finding Look(Session session, LedgerSettings settings)
    {
        string directory = Path.GetFullPath(settings.DataDirectory);
        string existing = directory;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        if (!CanWrite(existing))
        {
            return new Finding(Name, Weight.Problem, session.Texts.Format("doctor.disk.readOnly", existing), session.Texts.Format("doctor.disk.readOnlyRemedy", existing));
        }

        long free = new DriveInfo(existing).AvailableFreeSpace;
        Weight weight = free < Tight ? Weight.Problem : free < Comfortable ? Weight.Advice : Weight.Good;
        return new Finding(
            Name,
            weight,
            session.Texts.Format("doctor.disk.free", free / (double)(1024 * Mebibyte), directory),
            weight == Weight.Good ? null : session.Texts["doctor.disk.remedy"]);
    }

    private static bool CanWrite(string directory)
    {
        string probe = Path.Combine(directory, $".ledger-doctor-{Environment.ProcessId}");
        try
        {
            using FileStream file = new(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
