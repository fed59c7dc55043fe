using FluentAssertions;
using Ledger.EventStore.EventStoreDb;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

public sealed class ConnectionStringTests
{
    [Fact]
    public void Parse_HostOnly_TakesTheDefaults()
    {
        EventStoreDbSettings settings = ConnectionString.Parse("esdb://localhost");

        settings.Endpoints.Should().Equal(new Endpoint("localhost", 2113));
        settings.Tls.Should().BeTrue();
        settings.TlsVerifyCert.Should().BeTrue();
        settings.Credentials.Should().BeNull();
        settings.Discover.Should().BeFalse();
    }

    [Fact]
    public void Parse_EverythingSet_TakesEverything()
    {
        EventStoreDbSettings settings = ConnectionString.Parse(
            "esdb://le%40dger:p%3Ass@node1:2111,10.0.0.2,[::1]:2113/?tls=true&TLSVERIFYCERT=false&tlsCaFile=%2Fetc%2Fca.pem"
            + "&keepAliveInterval=-1&keepAliveTimeout=2500&nodePreference=Leader&defaultDeadline=3000&connectionName=silo"
            + "&discoveryInterval=50&gossipTimeout=3&maxDiscoverAttempts=7&throwOnAppendFailure=false");

        settings.Endpoints.Should().Equal(new Endpoint("node1", 2111), new Endpoint("10.0.0.2", 2113), new Endpoint("::1", 2113));
        settings.Endpoints[2].ToString().Should().Be("[::1]:2113");
        settings.Credentials.Should().Be(new Credentials("le@dger", "p:ss"));
        settings.TlsVerifyCert.Should().BeFalse();
        settings.TlsCaFile.Should().Be("/etc/ca.pem");
        settings.KeepAliveInterval.Should().Be(Timeout.InfiniteTimeSpan);
        settings.KeepAliveTimeout.Should().Be(TimeSpan.FromSeconds(2.5));
        settings.DefaultDeadline.Should().Be(TimeSpan.FromSeconds(3));
        settings.ConnectionName.Should().Be("silo");
        settings.DiscoveryInterval.Should().Be(TimeSpan.FromMilliseconds(50));
        settings.GossipTimeout.Should().Be(TimeSpan.FromSeconds(3));
        settings.MaxDiscoverAttempts.Should().Be(7);
    }

    [Theory]
    [InlineData("esdb://h", false)]
    [InlineData("kurrentdb://h", false)]
    [InlineData("KDB://h", false)]
    [InlineData("esdb+discover://h", true)]
    [InlineData("kdb+discover://h", true)]
    public void Parse_Scheme_SaysWhetherToDiscover(string text, bool discover) =>
        ConnectionString.Parse(text).Discover.Should().Be(discover);

    [Theory]
    [InlineData("localhost:2113", "scheme")]
    [InlineData("http://localhost", "'http'")]
    [InlineData("esdb://", "no host")]
    [InlineData("esdb://?tls=false", "no host")]
    [InlineData("esdb://a,,b", "host ''")]
    [InlineData("esdb://a b", "host 'a b'")]
    [InlineData("esdb://node1:0", "'node1:0'")]
    [InlineData("esdb://node1:65536", "'node1:65536'")]
    [InlineData("esdb://node1:x", "'node1:x'")]
    [InlineData("esdb://user@node1", "user:password")]
    [InlineData("esdb://:secret@node1", "user:password")]
    [InlineData("esdb://node1?tls", "'tls'")]
    [InlineData("esdb://node1?tls=maybe", "'tls' is 'maybe'")]
    [InlineData("esdb://node1?tsl=false", "'tsl'")]
    [InlineData("esdb://node1?defaultDeadline=0", "'defaultDeadline' is '0'")]
    [InlineData("esdb://node1?defaultDeadline=-1", "'defaultDeadline' is '-1'")]
    [InlineData("esdb://node1?keepAliveInterval=1.5", "'keepAliveInterval' is '1.5'")]
    [InlineData("esdb://node1?nodePreference=follower", "'nodePreference' is 'follower'")]
    [InlineData("esdb://node1?tls=false&tlsCaFile=ca.pem", "'tlsCaFile'")]
    public void Parse_WrongPart_NamesIt(string text, string part)
    {
        Action parse = () => ConnectionString.Parse(text);

        parse.Should().Throw<FormatException>().WithMessage($"*{part}*").Which.Message.Should().NotContain("secret");
    }

    [Fact]
    public void Credentials_InALog_HideThePassword() =>
        ConnectionString.Parse("esdb://ledger:secret@h").ToString().Should().Contain("ledger").And.NotContain("secret");
}
