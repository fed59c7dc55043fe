using System.Security.Cryptography;
using Ledger.Contracts.Decisions;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>What must be known of an evidence file before the first line of its page can be written.</summary>
/// <param name="Report">What a check of it found, with the keys in the file alone.</param>
/// <param name="Decisions">How many of its events are decisions.</param>
/// <param name="Code">Its reference code.</param>
internal sealed record DossierFacts(EvidenceReport Report, long Decisions, string Code)
{
    // 80 bits: nobody finds a second file with the same code, and a person can still read it out.
    private const int CodeLength = 16;
    private const int GroupLength = 4;

    /// <summary>Reads the file from its beginning, three times.</summary>
    public static async Task<DossierFacts> ReadAsync(Stream evidence, CancellationToken cancellationToken)
    {
        evidence.Position = 0;
        string code = CodeOf(await SHA256.HashDataAsync(evidence, cancellationToken));
        evidence.Position = 0;
        EvidenceReport report = await EvidenceCheck.RunAsync(evidence, EvidenceTrust.None, cancellationToken);
        evidence.Position = 0;
        EvidenceReader reader = new(evidence);
        long decisions = 0;
        for (EvidencePart part = await reader.ReadAsync(cancellationToken); part is EvidenceHeader or EvidenceEvent; part = await reader.ReadAsync(cancellationToken))
        {
            decisions += part is EvidenceEvent @event && DecisionRecorded.IsTypeOf(@event.Type) ? 1 : 0;
        }

        return new DossierFacts(report, decisions, code);
    }

    /// <summary>The first 16 characters of the base32 of a SHA-256 (RFC 4648 §6), in fours.</summary>
    public static string CodeOf(ReadOnlySpan<byte> sha256)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        List<char> code = [];
        for (int i = 0; i < CodeLength; i++)
        {
            if (i > 0 && i % GroupLength == 0)
            {
                code.Add('-');
            }

            int bit = i * 5;
            int pair = (sha256[bit / 8] << 8) | sha256[(bit / 8) + 1];
            code.Add(Letters[(pair >> (11 - (bit % 8))) & 31]);
        }

        return new string([.. code]);
    }
}
