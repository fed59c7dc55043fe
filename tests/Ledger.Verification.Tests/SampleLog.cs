using System.Text;

namespace Ledger.Verification.Tests;

/// <summary>A log with a few numbered leaves, its key and two witnesses; everything the same each time.</summary>
internal sealed class SampleLog(string origin = SampleLog.Origin, ulong forkedFrom = ulong.MaxValue)
{
    public const string Origin = "ledger.example/main";

    public static readonly DateTimeOffset Time = new(2026, 3, 9, 14, 5, 7, TimeSpan.Zero);

    public static readonly SignerKey Key = SignerOf(Origin, KeyAlgorithm.Ed25519, 1);

    public static readonly SignerKey OlderKey = SignerOf(Origin, KeyAlgorithm.Ed25519, 2);

    public static readonly SignerKey Union = SignerOf("union.example/witness", KeyAlgorithm.CosignatureV1, 3);

    public static readonly SignerKey Works = SignerOf("works-council.example/witness", KeyAlgorithm.CosignatureV1, 4);

    public static readonly SignerKey Stranger = SignerOf("stranger.example", KeyAlgorithm.Ed25519, 5);

    public RfcTree Tree { get; } = new(index => RfcTree.Leaf(index < forkedFrom ? index : ~index));

    public static SignerKey SignerOf(string name, KeyAlgorithm algorithm, byte seed) =>
        SignerKey.FromSeed(name, algorithm, Enumerable.Repeat(seed, SignerKey.SeedLength).ToArray());

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static Note Sign(byte[] text, params SignerKey[] keys) => Note.Create(text, keys.Select(key => key.Sign(text, Time)));

    public byte[] Text(ulong size) => new Checkpoint(origin, Tree.Head(size)).ToText();

    public Note Checkpoint(ulong size, params SignerKey[] keys) => Sign(Text(size), keys is [] ? [Key] : keys);

    public AddCheckpointRequest Request(ulong from, ulong to, params SignerKey[] keys) =>
        new(from, from > 0 && from <= to ? Tree.Consistency(from, to) : [], Checkpoint(to, keys));
}
