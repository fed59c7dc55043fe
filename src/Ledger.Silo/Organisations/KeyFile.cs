using System.Diagnostics;
using System.Text;
using Ledger.EventStore;
using Ledger.Silo.Hosting;

namespace Ledger.Silo.Organisations;

/// <summary>Files of keys: made once, whole, and only their owner reads them.</summary>
public static class KeyFile
{
    /// <summary>The text of a key file; where there is none it is made first.</summary>
    /// <param name="directory">The directory of keys.</param>
    /// <param name="name">The file's name in it.</param>
    /// <param name="make">Makes the text of a new one.</param>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static string ReadOrCreate(string directory, string name, Func<string> make)
    {
        string path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            Create(directory, path, make);
        }

        return File.ReadAllText(path).Trim();
    }

    private static void Create(string directory, string path, Func<string> make)
    {
        DurableFiles.CreateDirectoryForOwner(directory);

        // Two processes that start together must agree on one key: only one may make it at a time.
        using FileStream turn = TakeTurn(directory);
        if (!File.Exists(path))
        {
            DurableFiles.Replace(path, Encoding.UTF8.GetBytes(make() + "\n"), forOwner: true);
        }
    }

    /// <summary>Only one process at a time may make or change keys in a directory: waits for the others, but not for long.</summary>
    /// <exception cref="IOException">Another one holds it for longer than <see cref="Limits.KeyPatience"/>.</exception>
    internal static FileStream TakeTurn(string directory)
    {
        long start = Stopwatch.GetTimestamp();
        for (SpinWait wait = default; ; wait.SpinOnce())
        {
            try
            {
                return DurableFiles.OpenForOwner(Path.Combine(directory, "lock"), FileMode.OpenOrCreate);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < Limits.KeyPatience)
            {
                // The other one writes a line; try again.
            }
        }
    }
}
