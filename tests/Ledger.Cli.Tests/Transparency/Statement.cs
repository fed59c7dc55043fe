using System.Text;
using Ledger.Tests;
using Ledger.Verification;

namespace Ledger.Cli.Tests.Transparency;

/// <summary>A statement by which a log's key passes the log on to the next.</summary>
internal static class Statement
{
    public static Note Of(SampleLog old, SampleLog next, SampleLog? signedBy = null)
    {
        byte[] text = Encoding.UTF8.GetBytes($"ledger-log-key/v1\n{old.Origin}\n{old.Key}\n{next.Key}\n1700000000\n");
        return Note.Create(text, [(signedBy ?? old).SignText(text), next.SignText(text)]);
    }

    public static void Write(string folder, SampleLog old, SampleLog next, SampleLog? signedBy = null)
    {
        File.WriteAllText(Path.Combine(folder, "keys"), $"{old.Key}\n{next.Key}\n");
        Directory.CreateDirectory(Path.Combine(folder, "key-statements"));
        File.WriteAllBytes(Path.Combine(folder, "key-statements", "1"), Of(old, next, signedBy).ToArray());
    }
}
