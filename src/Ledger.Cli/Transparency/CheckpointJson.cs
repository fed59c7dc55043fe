using System.Text.Json;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>A checkpoint in the JSON answers of <c>verify</c> and <c>witness</c>.</summary>
internal static class CheckpointJson
{
    /// <summary>Members <c>origin</c>, <c>size</c> and <c>root</c>.</summary>
    public static void WriteCheckpoint(this Utf8JsonWriter writer, Checkpoint checkpoint)
    {
        writer.WriteString("origin", checkpoint.Origin);
        writer.WriteNumber("size", checkpoint.Head.Size);
        writer.WriteString("root", checkpoint.Head.Root.ToString());
    }
}
