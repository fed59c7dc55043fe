using System.Security.Cryptography;
using Ledger.Api.Access;
using Ledger.Cli.Hosting;
using Ledger.Silo.Organisations;

namespace Ledger.Cli.Access;

/// <summary>The key that signs tokens of this machine: <c>local-issuer.key</c> beside the organisations' keys, made when first needed.</summary>
internal static class LocalKey
{
    private const string File = "local-issuer.key";

    /// <summary>The issuer of a process of the ledger; nothing where this machine's own tokens are not taken.</summary>
    /// <exception cref="CommandFailure">The file is not a key.</exception>
    public static LocalIssuer? OpenFor(Session session, LedgerSettings settings, Parts parts) =>
        !LedgerSettings.IsLoopback(parts == Parts.Silo ? settings.SiloHost : settings.ApiHost) ? null
        // An edge alone keeps nothing of its own: it takes the tokens of a silo whose keys it was shown, whichever of the two starts first.
        : parts == Parts.Api && !settings.KeysAreElsewhere && !System.IO.File.Exists(Path.Combine(settings.KeysDirectory, File)) ? null
        : Open(session, settings.KeysDirectory);

    /// <exception cref="CommandFailure">The file is not a key.</exception>
    public static LocalIssuer Open(Session session, string keysDirectory)
    {
        string text = KeyFile.ReadOrCreate(keysDirectory, File, LocalIssuer.NewKey);
        try
        {
            return LocalIssuer.FromKey(text);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            // Nothing depends on it for longer than an hour: a new one may take its place.
            throw new CommandFailure(ExitCode.Failed, session.Texts.Format("token.key", Path.Combine(keysDirectory, File)), e);
        }
    }
}
