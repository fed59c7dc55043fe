using System.Text;
using Ledger.EventStore;

namespace Ledger.Silo.Transparency;

/// <summary>Asks a log for a new key: a file beside its keys, so that only who may read the keys may ask. A running log finds it within seconds.</summary>
public static class LogKeyRotation
{
    /// <summary>The word that says that the old key cannot sign any more.</summary>
    internal const string Lost = "lost";

    /// <summary>Asks for a new key.</summary>
    /// <param name="keysDirectory">Directory of the organisations' keys.</param>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="lost">The old key is lost: the new one is not passed on by it, and whoever trusts the log must be given the new key by hand.</param>
    /// <returns>False: the log has no key in that directory.</returns>
    public static bool TryRequest(string keysDirectory, string organisation, bool lost)
    {
        if (!lost && !File.Exists(Path.Combine(keysDirectory, LogKeyFiles.CurrentName(organisation))))
        {
            return false;
        }

        DurableFiles.Replace(Path.Combine(keysDirectory, LogKeyFiles.RequestName(organisation)), Encoding.UTF8.GetBytes((lost ? Lost : "rotate") + "\n"), forOwner: true);
        return true;
    }
}
