using System.Security.Cryptography;
using FluentAssertions;
using Xunit;

namespace Ledger.Verification.Tests;

public class Sha256Tests
{
    [Fact]
    public void Hash_OfAnyLength_IsThePlatforms()
    {
        Random random = new(1);
        for (int length = 0; length <= 300; length++)
        {
            byte[] input = new byte[length];
            random.NextBytes(input);
            int cut = random.Next(length + 1);
            byte[] whole = new byte[32], two = new byte[32];

            Sha256.Hash(input, whole);
            Sha256.Hash(input.AsSpan(0, cut), input.AsSpan(cut), two);

            whole.Should().Equal(SHA256.HashData(input));
            two.Should().Equal(whole);
        }
    }

    [Fact]
    public void Hash_WithoutRoomForIt_WritesNothing()
    {
        byte[] output = new byte[40];

        FluentActions.Invoking(() => Sha256.Hash("x"u8, output.AsSpan(0, 31))).Should().Throw<ArgumentOutOfRangeException>();

        output.Should().AllBeEquivalentTo(0);
    }
}
