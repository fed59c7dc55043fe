using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Contracts.Transparency;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// The keys that a log signs with, held against those registered in the store: a log never signs with a key that the history does not name.
/// </summary>
internal sealed class LogKeys : IDisposable
{
    private readonly SignerKey current;
    private readonly SignerKey? previous;
    private readonly DateTimeOffset previousUntil;

    private LogKeys(SignerKey current, SignerKey? previous, DateTimeOffset previousUntil, IReadOnlyList<RegisteredLogKey> registered)
    {
        this.current = current;
        this.previous = previous;
        this.previousUntil = previousUntil;
        Verifiers = [.. registered.Select(k => Parse(k.VerifierKey))];
    }

    /// <summary>Name of the log and of all its keys.</summary>
    public string Origin => current.Verifier.Name;

    /// <summary>Every key the log ever had, oldest first.</summary>
    public IReadOnlyList<VerifierKey> Verifiers { get; }

    /// <summary>Reads, or at the first start makes and registers, the keys; completes a change that was interrupted; makes one that is asked for.</summary>
    /// <exception cref="LogStoppedException">The key is not the registered one.</exception>
    public static async Task<LogKeys> OpenAsync(
        OrganisationStream stream, LogKeyFiles files, string organisation, LogOptions options, TimeProvider time, Entropy entropy, CancellationToken cancellationToken)
    {
        OrganisationState state = await stream.FoldAsync(cancellationToken);
        while (state.LogKeys.Count == 0)
        {
            using SignerKey first = files.ReadOrCreate($"{options.Host}/log/{organisation}", entropy);
            byte[] data = JsonSerializer.SerializeToUtf8Bytes(
                new LogKeyRegistered(organisation, first.Verifier.ToString()), LogJson.Default.LogKeyRegistered);
            await stream.TryAppendAsync(state, LogKeyRegistered.Type, data, cancellationToken);
            state = await stream.FoldAsync(cancellationToken);
        }

        if (files.IsChanging)
        {
            // Processes that share the keys must agree on one new key: only one may change it at a time.
            using FileStream turn = files.TakeTurn();
            state = await stream.FoldAsync(cancellationToken);
            while (files.ReadRequest() is (true, var lost) && !IsRegistered(files.TryReadNext(), state))
            {
                await RotateAsync(stream, state, files, organisation, lost, time, entropy, cancellationToken);
                state = await stream.FoldAsync(cancellationToken);
            }

            if (IsRegistered(files.TryReadNext(), state))
            {
                files.Advance();
            }
        }

        return Take(state, files, options, time.GetUtcNow());
    }

    /// <summary>Whether the key before the current one has signed for as long as it should: its file is to be deleted.</summary>
    public bool PreviousIsDue(DateTimeOffset now) => previous is not null && now >= previousUntil;

    /// <summary>The checkpoint signed by the current key, and by the one before it for as long as that still signs.</summary>
    public Note Sign(Checkpoint checkpoint, DateTimeOffset now)
    {
        byte[] text = checkpoint.ToText();
        List<NoteSignature> signatures = [current.Sign(text, now)];
        if (previous is not null && now < previousUntil)
        {
            signatures.Add(previous.Sign(text, now));
        }

        return Note.Create(text, signatures);
    }

    public void Dispose()
    {
        current.Dispose();
        previous?.Dispose();
    }

    private static LogKeys Take(OrganisationState state, LogKeyFiles files, LogOptions options, DateTimeOffset now)
    {
        RegisteredLogKey registered = state.LogKeys[^1];
        SignerKey signer = files.TryReadCurrent()
            ?? throw new LogStoppedException(
                $"The key of the log {Parse(registered.VerifierKey).Name} is missing from the directory of keys. Restore it from a backup; if it is lost for good, see docs/operator.md, \"A lost or stolen key\".");
        CheckRegistered(signer, registered);
        DateTimeOffset until = registered.Since + options.KeyOverlap;
        SignerKey? before = files.TryReadPrevious();
        if (before is not null && (now >= until || !PassedOnBy(before, state)))
        {
            before.Dispose();
            before = null;
            files.DeletePrevious();
        }

        return new LogKeys(signer, before, until, state.LogKeys);
    }

    private static async Task RotateAsync(
        OrganisationStream stream, OrganisationState state, LogKeyFiles files, string organisation, bool lost, TimeProvider time, Entropy entropy, CancellationToken cancellationToken)
    {
        VerifierKey old = Parse(state.LogKeys[^1].VerifierKey);
        using SignerKey next = files.PrepareNext(old.Name, entropy);
        using SignerKey? signer = lost ? null : files.TryReadCurrent()
            ?? throw new LogStoppedException($"A new key was asked for, but the old key of the log {old.Name} is not there to pass the log on. Restore it, or say that it is lost.");
        if (signer is not null)
        {
            CheckRegistered(signer, state.LogKeys[^1]);
        }

        DateTimeOffset now = time.GetUtcNow();
        byte[] text = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"ledger-log-key/v1\n{old.Name}\n{old}\n{next.Verifier}\n{now.ToUnixTimeSeconds()}\n"));
        NoteSignature[] signatures = signer is null ? [next.Sign(text, now)] : [signer.Sign(text, now), next.Sign(text, now)];
        string statement = Encoding.UTF8.GetString(Note.Create(text, signatures).ToArray());
        byte[] data = JsonSerializer.SerializeToUtf8Bytes(
            new LogKeyRotated(organisation, next.Verifier.ToString(), statement), LogJson.Default.LogKeyRotated);
        await stream.TryAppendAsync(state, LogKeyRotated.Type, data, cancellationToken);
    }

    private static void CheckRegistered(SignerKey signer, RegisteredLogKey registered)
    {
        if (!string.Equals(signer.Verifier.ToString(), registered.VerifierKey, StringComparison.Ordinal))
        {
            throw new LogStoppedException(
                $"The key in the directory of keys is {signer.Verifier}, but the history names {registered.VerifierKey}. Restore the right one from a backup.");
        }
    }

    /// <summary>A key that was said to be lost did not sign the statement, and signs nothing after it.</summary>
    private static bool PassedOnBy(SignerKey before, OrganisationState state) =>
        state.LogKeys.Count > 1
        && string.Equals(before.Verifier.ToString(), state.LogKeys[^2].VerifierKey, StringComparison.Ordinal)
        && Note.TryParse(Encoding.UTF8.GetBytes(state.LogKeys[^1].Statement ?? ""), out Note? statement)
        && statement.Verify([before.Verifier], out _) == NoteVerdict.Verified;

    private static bool IsRegistered(SignerKey? key, OrganisationState state)
    {
        using (key)
        {
            return key is not null && string.Equals(key.Verifier.ToString(), state.LogKeys[^1].VerifierKey, StringComparison.Ordinal);
        }
    }

    private static VerifierKey Parse(string text) =>
        VerifierKey.TryParse(text, out VerifierKey? key) ? key : throw new LogStoppedException($"The history names the log key '{text}', which is none.");
}
